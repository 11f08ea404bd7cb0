import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from slm import __version__
from slm.cli import main
from slm.cli.exit_codes import NOTHING_RUNS

COMMANDS = (
    ("local",),
    ("local", "stop"),
    ("invoke",),
    ("status",),
    ("deploy",),
    ("stop",),
    ("start",),
    ("smoke",),
    ("upload-model",),
    ("bootstrap",),
    ("diff",),
    ("destroy",),
    ("keys", "create"),
    ("keys", "list"),
    ("keys", "show"),
    ("keys", "rotate"),
    ("keys", "revoke"),
    ("keys", "move"),
    ("keys", "limits"),
    ("usage",),
)
SLOW_LIBRARIES = {"boto3", "botocore", "httpx", "pydantic", "starlette", "uvicorn", "xllamacpp"}


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Runs commands in a folder of their own, on lines that are long enough."""
    monkeypatch.chdir(tmp_path)
    return CliRunner(env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"})


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(runner: CliRunner, command: tuple[str, ...]) -> None:
    result = runner.invoke(main, [*command, "--help"])
    assert result.exit_code == 0
    assert "--json" in result.output
    assert "Exit status: 0 done, 1 failed" in result.output


def test_the_help_text_lists_commands_and_exit_codes(runner: CliRunner) -> None:
    result = runner.invoke(main, ["--help"])
    assert result.exit_code == 0
    assert {"invoke", "local", "status"} <= set(result.output.split())
    assert "Exit status: 0 done, 1 failed" in result.output


def test_the_help_text_begins_with_the_twin_and_has_each_command_whole(runner: CliRunner) -> None:
    result = runner.invoke(main, ["--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    listed = result.output.partition("Commands:\n")[2].partition("\n\n")[0]
    assert listed.split()[0] == "local"
    assert "..." not in listed


def test_the_version(runner: CliRunner) -> None:
    result = runner.invoke(main, ["--version"])
    assert (result.exit_code, result.output) == (0, f"slm {__version__}\n")


def test_the_help_text_imports_nothing_slow() -> None:
    script = "import slm.cli, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(result.stdout.split()) & SLOW_LIBRARIES == set()


def test_a_wrong_option_is_wrong_usage(runner: CliRunner) -> None:
    assert runner.invoke(main, ["local", "--port", "70000"]).exit_code == 2
    assert runner.invoke(main, ["nonsense"]).exit_code == 2


def test_a_wrong_setting_is_wrong_usage(runner: CliRunner) -> None:
    result = runner.invoke(main, ["local", "--json"], env={"SLM_NONSENSE": "1"})
    assert result.exit_code == 2
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "settings_error"
    assert "SLM_NONSENSE" in error["message"]


def test_nothing_to_stop(runner: CliRunner) -> None:
    result = runner.invoke(main, ["local", "stop"])
    assert (result.exit_code, result.stdout) == (0, "No twin runs in this folder.\n")
    result = runner.invoke(main, ["local", "stop", "--json"])
    assert json.loads(result.stdout) == {"stopped": False}


def test_nothing_to_invoke(runner: CliRunner) -> None:
    result = runner.invoke(main, ["invoke", "Hi"])
    assert result.exit_code == 1
    assert "make local" in result.stderr


def test_status_without_twin_and_credentials(runner: CliRunner) -> None:
    result = runner.invoke(main, ["status", "--region", "eu-west-2"])
    assert result.exit_code == NOTHING_RUNS
    assert "No twin runs" in result.stdout
    assert "There are no AWS credentials here" in result.stdout
    result = runner.invoke(main, ["status", "--json", "--stack", "Other"])
    assert result.exit_code == NOTHING_RUNS
    facts = json.loads(result.stdout)
    assert facts["twin"]["running"] is False
    assert (facts["stack"]["name"], facts["stack"]["status"]) == ("Other", "UNKNOWN")


@pytest.mark.parametrize(
    "command",
    [
        ("bootstrap",),
        ("diff",),
        ("diff", "--stack", "Mine"),
        ("deploy",),
        ("deploy", "--require-approval", "never"),
        ("stop",),
        ("start",),
        ("destroy", "--yes"),
        ("smoke", "--deployed"),
    ],
    ids=" ".join,
)
def test_commands_of_a_stack_want_credentials(runner: CliRunner, command: tuple[str, ...]) -> None:
    result = runner.invoke(main, [*command, "--region", "eu-west-2", "--json"])
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "no_credentials"
    assert "make sso-login" in error["message"]


def test_no_region(runner: CliRunner) -> None:
    credentials = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}
    result = runner.invoke(main, ["deploy"], env=credentials)
    assert result.exit_code == 1
    assert "No AWS region is set" in result.stderr


def test_a_swap_behind_the_template_is_refused(runner: CliRunner) -> None:
    result = runner.invoke(main, ["deploy", "--hotswap"])
    assert result.exit_code == 2
    assert "--hotswap changes resources behind CloudFormation's back" in result.stderr


@pytest.mark.parametrize("command", ["deploy", "diff"])
def test_a_stack_without_its_option_is_wrong_usage(runner: CliRunner, command: str) -> None:
    result = runner.invoke(main, [command, "Mine"])
    assert result.exit_code == 2
    assert "--stack Mine" in result.stderr


def test_what_is_no_model_is_not_uploaded(runner: CliRunner) -> None:
    result = runner.invoke(main, ["upload-model", ".", "s3://bucket/prefix/"])
    assert result.exit_code == 1
    assert "holds no weights" in result.stderr


def test_a_missing_model(runner: CliRunner, tmp_path: Path) -> None:
    result = runner.invoke(main, ["local", "--model", "missing.gguf"])
    assert result.exit_code == 1
    assert "missing.gguf: there is no such file" in result.stderr
    assert not (tmp_path / ".slm").exists()
