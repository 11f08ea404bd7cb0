"""The CDK command line, run for a command of ours."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from slm.aws import Aws
from slm.errors import SlmError

CDK: Final = Path("node_modules/.bin/cdk")

_ENVIRONMENT: Final = {
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
}
"""Node 20 is tested here; the libraries' banners about its age help nobody."""

_PATIENCE_S: Final = 15


class CdkFailed(SlmError):
    """The CDK ended with a failure; it has said why itself."""


def refuse_unsupported(arguments: Sequence[str]) -> None:
    """Refuse what would leave the stack unlike its template.

    Raises:
        CdkFailed: An option does that.
    """
    for argument in arguments:
        if argument.startswith("--hotswap"):
            raise CdkFailed(
                f"{argument} changes resources behind CloudFormation's back, and a later stop or "
                "start would undo it. Deploy without it."
            )


def deploy(
    aws: Aws,
    stack: str,
    arguments: Sequence[str],
    *,
    program: Path = CDK,
    quiet: bool = False,
    patience_s: float = _PATIENCE_S,
) -> Mapping[str, str]:
    """``cdk deploy``; its words go to the terminal.

    Args:
        aws: The account and region.
        stack: Name of the stack.
        arguments: More options for the CDK.
        program: The CDK.
        quiet: Whether standard output is for somebody else: all words go to standard error.
        patience_s: For how long an interrupted CDK may tidy up, seconds.

    Returns:
        The stack's outputs.

    Raises:
        CdkFailed: It failed, or the CDK is not installed.
        KeyboardInterrupt: It was interrupted; what CloudFormation has begun goes on.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outputs.json"
        command = [str(program), "deploy", stack, "--outputs-file", str(file), *arguments]
        _run(aws, command, quiet=quiet, patience_s=patience_s)
        if not file.exists():
            raise CdkFailed("The CDK deployed nothing: it was told no.")
        outputs: Mapping[str, str] = json.loads(file.read_text()).get(stack, {})
        return outputs


def _run(aws: Aws, command: list[str], *, quiet: bool, patience_s: float) -> None:
    if not Path(command[0]).exists():
        raise CdkFailed("The CDK is not installed in this folder. Run 'make install', then again.")
    profile = ["--profile", aws.profile] if aws.profile else []
    process = subprocess.Popen(  # noqa: S603 (our own words, and options that the user gave)
        [*command, *profile],
        env={**os.environ, **_ENVIRONMENT, "AWS_REGION": aws.region},
        stdout=sys.stderr if quiet else None,
    )
    try:
        status = process.wait()
    except KeyboardInterrupt:
        _end(process, patience_s)
        raise
    if status != 0:
        raise CdkFailed(f"The CDK ended with status {status}.")


def _end(process: "subprocess.Popen[bytes]", patience_s: float) -> None:
    """The terminal has told the CDK of Ctrl-C too; it must not outlive us."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
