"""Options that the CDK would drop."""

import re
import subprocess
from pathlib import Path

import pytest

from slm.operations.cdk_options import CDK_OPTIONS, UnknownOption, refuse_unknown

CDK = Path(__file__).parents[2] / "node_modules/.bin/cdk"
OWN = ["--stack", "--region", "--stop-first", "--json"]


@pytest.mark.parametrize(
    ("argument", "meant"),
    [
        ("--stakc", " Did you mean --stack?"),
        ("--regoin=eu-west-2", " Did you mean --region?"),
        ("--stop-frist", " Did you mean --stop-first?"),
        ("--no-rolback", " Did you mean --rollback?"),
        ("--qqq", ""),
    ],
)
def test_an_unknown_option_is_refused_and_the_one_that_is_meant_is_named(
    argument: str, meant: str
) -> None:
    option = argument.partition("=")[0]
    words = f"{option}: there is no such option, here or in the CDK.{meant}"
    with pytest.raises(UnknownOption, match=f"^{re.escape(words)}$"):
        refuse_unknown(["--strict", argument, "Mine"], OWN)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--require-approval", "never"],
        ["--require-approval=never", "--no-rollback", "-R", "-vv"],
        ["--trust", "123456789012", "--cloudformation-execution-policies", "arn:aws:iam::a"],
        ["--strict", "--context-lines", "5", "--no-change-set"],
    ],
)
def test_options_of_the_cdk_pass(arguments: list[str]) -> None:
    refuse_unknown(arguments, OWN)


@pytest.mark.parametrize("command", ["deploy", "diff", "bootstrap"])
def test_the_pinned_cdk_shows_no_option_that_is_not_listed(command: str) -> None:
    shown = subprocess.run([CDK, command, "--help"], capture_output=True, text=True, check=True)
    # Its columns cut the longest names.
    names = re.findall(r"(?<![\w-])--(?:no-)?([a-z][a-z0-9-]+)", shown.stdout)
    assert "region" in names
    unlisted = [name for name in names if not any(o.startswith(name) for o in CDK_OPTIONS)]
    # Refused with a reason of its own.
    assert all(name.startswith("hotswap") for name in unlisted), unlisted
