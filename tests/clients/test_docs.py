"""``docs/clients.md`` is run: each section is one shell script, with URL and key put in."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from slm.stack_outputs import API_KEY_ID, OPENAI_BASE_URL
from tests.clients.twin_process import PATIENCE_S, REPOSITORY, Twin

TEXT: Final = (REPOSITORY / "docs" / "clients.md").read_text(encoding="utf-8")

BLOCK: Final = re.compile(
    r"^(?P<mark><!-- not run: .+ -->\n)?```(?P<language>\w+)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)

RUNNERS: Final = {"bash": "", "python": "python -W error::DeprecationWarning", "js": "node -"}
"""Language of a block -> the command that reads it; the shell reads its own."""

NOT_RUN: Final = {"Open WebUI", "What clients should know"}
VALUES: Final = "The two values"

SECTIONS: Final = dict(
    section.split("\n", 1) for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
)


def script_of(section: str) -> str:
    """The blocks of a section that can run, one after the other."""
    parts = []
    for block in BLOCK.finditer(SECTIONS[section]):
        runner = RUNNERS[block["language"]]
        if block["mark"]:
            continue
        code = block["code"]
        parts.append(f"{runner} <<'END_OF_BLOCK'\n{code}END_OF_BLOCK\n" if runner else code)
    return "\n".join(parts)


@pytest.fixture
def folder(twin: Twin, tmp_path: Path) -> Path:
    """A working directory as a reader has it: the twin was started in it, openai is installed."""
    (tmp_path / ".slm").symlink_to(twin.directory / ".slm")
    (tmp_path / "node_modules").symlink_to(Path(__file__).parent / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    return tmp_path


@pytest.mark.parametrize("section", sorted(SECTIONS.keys() - NOT_RUN - {VALUES}))
def test_section(section: str, twin: Twin, folder: Path) -> None:
    values = script_of(VALUES)
    assert values.count("http://127.0.0.1:8080") == values.count("YOUR_API_KEY") == 1
    values = values.replace("http://127.0.0.1:8080", twin.url).replace("YOUR_API_KEY", twin.key)
    surroundings = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LLM_USER_PATH": str(folder),
        # Away from the internet, the price list that comes with the package.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }

    done = subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=f"{values}\n{script_of(section)}",
        cwd=folder,
        env=os.environ | surroundings,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )

    assert done.returncode == 0, done.stderr
    assert "Paris" in done.stdout


def test_names_are_those_of_the_system(twin: Twin, model: str) -> None:
    named = set(re.findall(r"NousResearch/[\w.-]+", TEXT))
    assert named == {model}
    assert twin.endpoint_name in TEXT
    assert set(re.findall(r"\$\(output (\w+)\)", TEXT)) == {OPENAI_BASE_URL, API_KEY_ID}


def test_sections_that_are_not_run_have_nothing_to_run() -> None:
    assert not any(script_of(section) for section in NOT_RUN)
