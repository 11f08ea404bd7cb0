"""Makes docs/images/make-local.svg: what ``make local`` shows, from a real run.

Run it with ``.venv/bin/python docs/terminal_picture.py``.
"""

import io
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

PICTURE: Final = Path(__file__).parent / "images" / "make-local.svg"
WIDTH: Final = 110
PLACEHOLDER: Final = "YOUR-KEY"


def main() -> None:
    """Run the command, and draw its lines up to the last one it prints when it is ready."""
    slm = Path(sys.executable).parent / "slm"
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen([slm, "local"], cwd=folder, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if "Ctrl-C" in line:
                break
        key = (Path(folder) / ".slm" / "api_key").read_text().strip()
        process.terminate()
        process.wait()
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ make local", style="bold"))
    for line in lines:
        console.print(Text(line.replace(key, PLACEHOLDER)))
    console.save_svg(str(PICTURE), title="slm_sagemaker")


if __name__ == "__main__":
    main()
