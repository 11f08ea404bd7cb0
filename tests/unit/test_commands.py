import shlex
from pathlib import Path

import pytest

from slm.commands import Commands, program
from tests.unit.fake_account import FakeAccount

ACCOUNT = FakeAccount(profile="ml-sage")
NAMED = "SlmSagemakerStack"


def test_a_stack_that_the_files_name_is_not_named_again() -> None:
    commands = Commands.of(FakeAccount(), NAMED)
    assert commands.make("stop") == "make stop REGION=eu-west-2"
    assert commands.slm("status") == "slm status --region eu-west-2"
    assert commands.aws("logs tail x") == "aws logs tail x --region eu-west-2"


def test_another_stack_is_named() -> None:
    commands = Commands.of(ACCOUNT, "Mine")
    assert (
        commands.make("deploy", "--no-rollback")
        == "make deploy PROFILE=ml-sage REGION=eu-west-2 STACK=Mine ARGS=--no-rollback"
    )
    assert (
        commands.slm("keys list") == "slm keys list --stack Mine --profile ml-sage "
        "--region eu-west-2"
    )
    assert commands.aws("x") == "aws x --profile ml-sage --region eu-west-2"


def test_a_stack_of_the_environment_is_named_since_it_may_be_of_one_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLM_STACK_NAME", "Mine")
    assert Commands.of(ACCOUNT, "Mine").stack == "Mine"


def test_files_that_were_chosen_are_chosen_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my settings.toml").write_text("")
    (tmp_path / "my settings.dev.toml").write_text('stack_name = "Dev"\n')
    monkeypatch.chdir(tmp_path)
    environment = {"SLM_CONFIG_FILE": "my settings.toml", "SLM_STAGE": "dev"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    commands = Commands.of(FakeAccount(), "Dev")
    assert shlex.split(commands.make("stop")) == [
        "make",
        "stop",
        "REGION=eu-west-2",
        "CONFIG=my settings.toml",
        "STAGE=dev",
    ]
    assert commands.slm("status") == (
        "SLM_CONFIG_FILE='my settings.toml' SLM_STAGE=dev slm status --region eu-west-2"
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [(None, None), ("", None), ('stack_name = "Other"', NAMED), ("stack_name =", NAMED)],
)
def test_what_the_file_says_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, named: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "slm.toml").write_text(text)
    assert Commands.of(ACCOUNT, NAMED).stack == named


def test_the_twin_needs_no_options() -> None:
    assert Commands().slm("keys list") == "slm keys list"


@pytest.mark.parametrize(
    ("typed", "installed", "said"),
    [
        (".venv/bin/slm", False, ".venv/bin/slm"),
        ("/my tools/slm", False, "'/my tools/slm'"),
        ("/usr/bin/slm", True, "slm"),
        ("pytest", False, "slm"),
    ],
)
def test_the_program_is_called_as_the_shell_finds_it(
    tmp_path: Path, typed: str, installed: bool, said: str
) -> None:
    if installed:
        (tmp_path / "slm").touch(mode=0o700)
    assert program(typed, str(tmp_path)) == said
