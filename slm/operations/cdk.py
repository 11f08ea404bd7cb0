"""The CDK command line, run for a command of ours."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from slm.aws import Aws
from slm.errors import SlmError
from slm.interrupts import interrupts_afterwards
from slm.operations.cdk_options import refuse_unknown
from slm.settings import ENV_PREFIX
from slm.wrong_usage import WrongUsage

CDK: Final = Path("node_modules/.bin/cdk")

_ENVIRONMENT: Final = {
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
}
"""Node 20 is tested here; the libraries' banners about its age help nobody."""

_PATIENCE_S: Final = 15

_STACK_VARIABLE: Final = f"{ENV_PREFIX}STACK_NAME"


class CdkFailed(SlmError):
    """The CDK ended with a failure; it has said why itself."""


class Unsupported(WrongUsage):
    """The CDK would take it, and should not."""


def refuse_unsupported(arguments: Sequence[str], own: Sequence[str] = ()) -> None:
    """Refuse another stack than ours, and what would leave ours unlike its template.

    Args:
        arguments: What would be passed on to the CDK.
        own: The command's own options, with their dashes.

    Raises:
        Unsupported: That is asked for.
        UnknownOption: The CDK does not know an option, and would drop it.
    """
    if arguments and not arguments[0].startswith("-"):
        raise Unsupported(
            f"{arguments[0]} is no option. A stack is named so: --stack {arguments[0]}."
        )
    for argument in arguments:
        if argument.startswith("--hotswap"):
            raise Unsupported(
                f"{argument} changes resources behind CloudFormation's back, and a later stop or "
                "start would undo it. Deploy without it."
            )
    refuse_unknown(arguments, own)


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
    run = _Run(aws, stack, program, patience_s)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outputs.json"
        words = sys.stderr if quiet else None
        run("deploy", stack, "--outputs-file", str(file), *arguments, stdout=words)
        if not file.exists():
            raise CdkFailed("The CDK deployed nothing: it was told no.")
        outputs: Mapping[str, str] = json.loads(file.read_text()).get(stack, {})
        return outputs


def diff(
    aws: Aws, stack: str, arguments: Sequence[str], *, program: Path = CDK, quiet: bool = False
) -> str:
    """``cdk diff``: what a deploy would change.

    Args:
        aws: The account and region.
        stack: Name of the stack.
        arguments: More options for the CDK.
        program: The CDK.
        quiet: Whether standard output is for somebody else: the words are returned.

    Returns:
        What it said, if it did not say it on the terminal.

    Raises:
        CdkFailed: It failed, or the CDK is not installed.
    """
    run = _Run(aws, stack, program)
    return run("diff", stack, *arguments, stdout=subprocess.PIPE if quiet else None)


def bootstrap(
    aws: Aws, stack: str, arguments: Sequence[str], *, program: Path = CDK, quiet: bool = False
) -> None:
    """``cdk bootstrap``: prepare the account and region.

    Args:
        aws: The account and region.
        stack: Name of a stack, by whose program the CDK looks where to.
        arguments: More options for the CDK.
        program: The CDK.
        quiet: Whether standard output is for somebody else: all words go to standard error.

    Raises:
        CdkFailed: It failed, or the CDK is not installed.
    """
    _Run(aws, stack, program)("bootstrap", *arguments, stdout=sys.stderr if quiet else None)


@dataclass(frozen=True)
class _Run:
    """Runs the CDK.

    Attributes:
        aws: The account and region.
        stack: Name of the stack, whatever the settings say.
        program: The CDK.
        patience_s: For how long an interrupted CDK may tidy up, seconds.
    """

    aws: Aws
    stack: str
    program: Path
    patience_s: float = _PATIENCE_S

    def __call__(self, *arguments: str, stdout: int | IO[str] | None) -> str:
        """Run a command of it to its end; what it wrote, if ``stdout`` is a pipe.

        A pipe takes what it writes to standard error, too.
        """
        if not self.program.exists():
            raise CdkFailed(
                "The CDK is not installed in this folder. Run 'make install', then again."
            )
        profile = ["--profile", self.aws.profile] if self.aws.profile else []
        names = {"AWS_REGION": self.aws.region, _STACK_VARIABLE: self.stack}
        process: subprocess.Popen[str] | None = None
        try:
            with interrupts_afterwards():
                process = subprocess.Popen(  # noqa: S603 (our own words, and the user's options)
                    [str(self.program), *arguments, *profile],
                    env={**os.environ, **_ENVIRONMENT, **names},
                    stdout=stdout,
                    stderr=subprocess.STDOUT if stdout == subprocess.PIPE else None,
                    text=True,
                )
            said, _ = process.communicate()
        except KeyboardInterrupt:
            if process:
                _end(process, self.patience_s)
            raise
        if process.returncode != 0:
            sys.stderr.write(said or "")
            raise CdkFailed(f"The CDK ended with status {process.returncode}.")
        return said or ""


def _end(process: "subprocess.Popen[str]", patience_s: float) -> None:
    """The terminal has told the CDK of Ctrl-C too; it must not outlive us."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
