"""Cloud assemblies, made in one process of ``.venv``: loading the CDK library takes longest.

``python -m tests.emulator.assemblies`` reads a job a line from standard input, as JSON: a folder
and the environment variables of its synthesis; what ``cdk synth`` would set is set. When the
folder is complete it prints its name.
"""

import json
import os
import sys
from pathlib import Path
from typing import Final

CDK_JSON: Final = Path("cdk.json")


def main() -> None:
    """Synthesize each job's settings into its folder."""
    from app import synthesize
    from slm.settings import load_settings

    context = json.loads(CDK_JSON.read_text())["context"]
    os.environ["CDK_CONTEXT_JSON"] = json.dumps(context)
    outer = dict(os.environ)
    for line in sys.stdin:
        folder, variables = json.loads(line)
        os.environ.clear()
        os.environ.update(outer | variables)
        synthesize(load_settings(), folder)
        sys.stdout.write(f"{folder}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
