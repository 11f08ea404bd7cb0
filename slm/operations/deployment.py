"""A deploy as a list of steps, and their execution."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from slm.aws import Aws, NotFound
from slm.operations import cdk
from slm.operations.running import is_running, set_running
from slm.operations.stack_operation import Event, now, wait


@dataclass(frozen=True)
class Switch:
    """Start or stop the endpoint.

    Attributes:
        running: Whether it is to run.
    """

    running: bool

    @property
    def title(self) -> str:
        """What it does, in words."""
        return "Start the endpoint" if self.running else "Stop the endpoint"


@dataclass(frozen=True)
class CdkDeploy:
    """Run ``cdk deploy``.

    Attributes:
        arguments: More options for the CDK.
    """

    arguments: tuple[str, ...]

    @property
    def title(self) -> str:
        """What it does, in words."""
        return " ".join(("cdk deploy", *self.arguments))


Step = Switch | CdkDeploy


def steps_of(
    aws: Aws, stack: str, arguments: Sequence[str], *, stop_first: bool
) -> tuple[Step, ...]:
    """The steps of a deploy.

    Args:
        aws: The account and region.
        stack: Name of the stack.
        arguments: More options for the CDK.
        stop_first: Whether a running endpoint is stopped before, and started after.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    deploy = CdkDeploy(tuple(arguments))
    if stop_first and _runs(aws, stack):
        return Switch(running=False), deploy, Switch(running=True)
    return (deploy,)


def _runs(aws: Aws, stack: str) -> bool:
    try:
        return is_running(aws, stack)
    except NotFound:
        return False


@dataclass(frozen=True)
class Executor:
    """Does what the steps say.

    Attributes:
        aws: The account and region.
        stack: Name of the stack.
        on_event: Told of what happens to resources while a step of ours runs; the CDK tells
            of its own.
        run_cdk: Runs the CDK; returns the outputs.
    """

    aws: Aws
    stack: str
    on_event: Callable[[Event], None]
    run_cdk: Callable[[Aws, str, Sequence[str]], Mapping[str, str]] = cdk.deploy

    def execute(self, step: Step) -> Mapping[str, str]:
        """Do a step to its end.

        Returns:
            The stack's outputs after a ``CdkDeploy``, else nothing.

        Raises:
            CdkFailed: The CDK failed.
            OperationFailed: Stop or start failed.
            NotPossibleNow: The stack takes no update now.
            AwsUnavailable: AWS cannot be asked.
        """
        match step:
            case CdkDeploy(arguments):
                return self.run_cdk(self.aws, self.stack, arguments)
            case Switch(running):
                since = now()
                if set_running(self.aws, self.stack, running=running):
                    wait(self.aws, self.stack, since, self.on_event)
                return {}
