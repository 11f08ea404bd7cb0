"""A stack operation that failed: what failed first, what is left of it, and what to do."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from slm.aws import Aws
from slm.operations.stack_operation import Event
from slm.settings import CONFIG_FILE_VARIABLE, STAGE_VARIABLE, Settings

ENDPOINT_TYPE: Final = "AWS::SageMaker::Endpoint"

AFTER: Final = {
    "ROLLBACK_COMPLETE": (
        "The rollback removed all that was made: nothing is billed. Mend the cause and deploy "
        "again; the rest of the failed stack goes first."
    ),
    "ROLLBACK_FAILED": (
        "The rollback failed too, and what is left may be billed: remove it with "
        "'make destroy{options}'."
    ),
    "CREATE_FAILED": (
        "What failed is kept for inspection, and may be billed. When you have seen enough, remove "
        "all with 'make destroy{options}', mend the cause and deploy again."
    ),
    "UPDATE_FAILED": (
        "What failed is kept for inspection. Mend the cause and deploy again with "
        "ARGS=--no-rollback, or go back to what was deployed before with "
        "'aws cloudformation rollback-stack --stack-name {stack}'."
    ),
    "UPDATE_ROLLBACK_COMPLETE": (
        "What was there before is back{before}. Mend the cause and try again."
    ),
    "UPDATE_ROLLBACK_FAILED": (
        "The way back failed too. Mend the cause, then "
        "'aws cloudformation continue-update-rollback --stack-name {stack}'."
    ),
    "DELETE_FAILED": (
        "Something could not be deleted. Mend the cause and run 'make destroy{options}' again; "
        "'aws cloudformation delete-stack --stack-name {stack} "
        "--deletion-mode FORCE_DELETE_STACK' leaves it behind and forgets it."
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
    after = AFTER.get(status, f"Stack {settings.stack_name} is {status}.")
    return Failure(
        tuple(causes),
        after.format(
            stack=settings.stack_name,
            options=make_options(aws),
            before=": the endpoint is stopped" if stopped else ", and answers",
        ),
        _look(aws, settings, status) if any(e.resource_type == ENDPOINT_TYPE for e in own) else "",
    )


def _look(aws: Aws, settings: Settings, status: str) -> str:
    if status == "ROLLBACK_COMPLETE":
        return (
            "The container's log went with the rollback. To keep it: "
            f"make deploy{make_options(aws)} ARGS=--no-rollback"
        )
    profile = f" --profile {aws.profile}" if aws.profile else ""
    return (
        "What the container wrote: aws logs tail "
        f"/aws/sagemaker/Endpoints/{settings.resolved_endpoint_name} --since 2h"
        f"{profile} --region {aws.region}"
    )


def make_options(aws: Aws, environment: Mapping[str, str] = os.environ) -> str:
    """``PROFILE=… REGION=…`` and so on, for the commands that are recommended."""
    values = {
        "PROFILE": aws.profile,
        "REGION": aws.region,
        "CONFIG": environment.get(CONFIG_FILE_VARIABLE),
        "STAGE": environment.get(STAGE_VARIABLE),
    }
    return "".join(f" {name}={value}" for name, value in values.items() if value)
