"""docs/operations.md is true: its commands exist, its tables are those of the code."""

import re
import shlex
from pathlib import Path
from typing import Final

import pytest
import typer

from slm.cli import main
from slm.operations.failure import AFTER
from slm.settings import load_settings
from tests.integration.test_readme import check_aws, run

ROOT: Final = Path(__file__).parents[2]
TEXT: Final = (ROOT / "docs" / "operations.md").read_text()
OUTSIDE: Final = re.sub(r"```text.*?```", "", TEXT, flags=re.DOTALL)

COMMANDS: Final = sorted(
    {
        line
        for block in re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)
        for line in block.splitlines()
    }
)


@pytest.mark.parametrize("command", COMMANDS)
def test_command(command: str) -> None:
    if command.startswith("make "):
        run(f"make --dry-run {command.removeprefix('make ')}")
    elif command.startswith("aws "):
        check_aws(command)
    else:
        program, name, *arguments = shlex.split(command)
        assert program == ".venv/bin/slm"
        offered = typer.main.get_command(main).commands[name]  # type: ignore[attr-defined]
        options = {option for p in offered.params for option in p.opts}
        assert {word for word in arguments if word.startswith("--")} <= options


def test_every_state_after_a_failure_is_in_the_table() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", TEXT, re.MULTILINE))
    assert listed == set(AFTER)


def test_settings_are_those_of_the_code() -> None:
    fields = set(type(load_settings()).model_fields)
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)[ `]", OUTSIDE))
    assert named <= fields


def test_its_list_of_sections_is_whole() -> None:
    titles = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
    anchors = [re.sub(r"[^a-z0-9-]", "", title.lower().replace(" ", "-")) for title in titles]
    assert re.findall(r"^- \[.*\]\(#(.*)\)$", TEXT, re.MULTILINE) == anchors


def test_every_target_that_it_names_exists() -> None:
    offered = set(re.findall(r"^ {2}([a-z-]+) {2,}", run("make help"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", OUTSIDE)) <= offered
