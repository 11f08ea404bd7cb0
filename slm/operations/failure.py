"""A stack operation that failed: what failed first, what is left of it, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from slm.aws import Aws
from slm.commands import Commands
from slm.operations.stack_operation import Event
from slm.settings import Settings
from slm.stack_names import endpoint_log_group_name

ENDPOINT_TYPE: Final = "AWS::SageMaker::Endpoint"

AFTER: Final = {
    "ROLLBACK_COMPLETE": (
        "The rollback removed all that was made: nothing is billed. Mend the cause and deploy "
        "again; the rest of the failed stack goes first."
    ),
    "ROLLBACK_FAILED": (
        "The rollback failed too, and what is left may be billed: remove it with '{destroy}'."
    ),
    "CREATE_FAILED": (
        "What failed is kept for inspection, and may be billed. When you have seen enough, remove "
        "all with '{destroy}', mend the cause and deploy again."
    ),
    "UPDATE_FAILED": (
        "What failed is kept for inspection. Mend the cause and deploy again with "
        "'{go_on}', or go back to what was deployed before with '{go_back}'."
    ),
    "UPDATE_ROLLBACK_COMPLETE": (
        "What was there before is back{before}. Mend the cause and try again."
    ),
    "UPDATE_ROLLBACK_FAILED": "The way back failed too. Mend the cause, then '{continue_back}'.",
    "DELETE_FAILED": (
        "Something could not be deleted. Mend the cause and run '{destroy}' again; "
        "'{forget}' leaves it behind and forgets it."
    ),
}


@dataclass(frozen=True)
class Failure:
    """What is known of it.

    Attributes:
        causes: The resources that failed by themselves, with CloudFormation's reasons.
        after: What is left, and what to do.
        look: Where to look for more; a command.
    """

    causes: tuple[str, ...]
    after: str
    look: str

    @property
    def message(self) -> str:
        """In words, a line each."""
        return "\n".join(filter(None, (*self.causes, self.after, self.look)))


def explain(
    aws: Aws, settings: Settings, status: str, events: Iterable[Event], *, stopped: bool
) -> Failure:
    """Explain how an operation ended.

    Args:
        aws: The account and region, for the commands.
        settings: The stack's settings.
        status: The stack's status.
        events: What happened, oldest first.
        stopped: Whether the endpoint is not to run now.
    """
    failed = [event for event in events if event.failed and event.reason]
    own = [event for event in failed if event.resource != settings.stack_name]
    causes = dict.fromkeys(f"{e.resource} ({e.resource_type}): {e.reason}" for e in own)
    stack = settings.stack_name
    commands = Commands.of(aws, stack)
    of_stack = f"--stack-name {stack}"
    after = AFTER.get(status, f"Stack {stack} is {status}.").format(
        destroy=commands.make("destroy"),
        go_on=commands.make("deploy", "--no-rollback"),
        go_back=commands.aws(f"cloudformation rollback-stack {of_stack}"),
        continue_back=commands.aws(f"cloudformation continue-update-rollback {of_stack}"),
        forget=commands.aws(
            f"cloudformation delete-stack {of_stack} --deletion-mode FORCE_DELETE_STACK"
        ),
        before=": the endpoint is stopped" if stopped else ", and answers",
    )
    endpoint_failed = any(event.resource_type == ENDPOINT_TYPE for event in own)
    look = _look(commands, settings.resolved_endpoint_name, status) if endpoint_failed else ""
    return Failure(tuple(causes), after, look)


def _look(commands: Commands, endpoint: str, status: str) -> str:
    if status == "ROLLBACK_COMPLETE":
        return (
            "The container's log went with the rollback. To keep it: "
            f"{commands.make('deploy', '--no-rollback')}"
        )
    tail = commands.aws(f"logs tail {endpoint_log_group_name(endpoint)} --since 2h")
    return f"What the container wrote: {tail}"
