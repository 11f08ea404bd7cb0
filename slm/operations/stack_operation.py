"""An operation on a stack, watched until it ends."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from slm.aws import Aws, NotFound, Throttled, Unreachable, explained
from slm.errors import SlmError
from slm.stack_description import describe_stack

DELETED: Final = "DELETE_COMPLETE"
PROPOSED: Final = "REVIEW_IN_PROGRESS"
"""A first change set was made and never executed: there is a name, and nothing in it."""

ROLLED_BACK: Final = "ROLLBACK_COMPLETE"
"""The first deploy failed, and left an empty stack."""

EMPTY: Final = frozenset({DELETED, PROPOSED, ROLLED_BACK})
"""States of a stack that holds nothing; a deploy begins anew."""

_IN_PROGRESS: Final = "_IN_PROGRESS"
_GOOD: Final = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", DELETED})
_POLL_S: Final = 3.0

_SILENCES: Final = 20
"""Times in a row that AWS may not be reached: laptops change networks while a stack is made."""


class OperationFailed(SlmError):
    """A stack operation did not end well.

    Attributes:
        stack_status: How it ended.
    """

    def __init__(self, message: str, stack_status: str) -> None:
        super().__init__(message)
        self.stack_status: Final = stack_status


@dataclass(frozen=True)
class Event:
    """Something that happened to a resource.

    Attributes:
        event_id: CloudFormation's id of it.
        time: When.
        resource: Logical id.
        resource_type: For example ``AWS::SageMaker::Endpoint``.
        status: For example ``CREATE_FAILED``.
        reason: Why, where CloudFormation says so.
    """

    event_id: str
    time: datetime
    resource: str
    resource_type: str
    status: str
    reason: str

    @property
    def failed(self) -> bool:
        """Whether it failed by itself, and not because something else did."""
        return self.status.endswith("_FAILED") and "cancelled" not in self.reason.lower()


def now() -> datetime:
    """The time from which an operation's events count; AWS's clock may be a little behind."""
    return datetime.now(UTC).replace(microsecond=0)


def is_busy(status: str) -> bool:
    """Whether an operation is in progress."""
    return status.endswith(_IN_PROGRESS) and status != PROPOSED


def status_of(aws: Aws, stack: str) -> str:
    """The stack's status; ``DELETE_COMPLETE`` if there is none.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    try:
        return describe_stack(aws, stack)["StackStatus"]
    except NotFound:
        return DELETED


def events_since(aws: Aws, stack: str, since: datetime) -> list[Event]:
    """What happened from a time on, oldest first; nothing if the stack is gone.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    try:
        with explained(f"stack {stack}"):
            return list(_events(aws, stack, since))[::-1]
    except NotFound:
        return []


def _events(aws: Aws, stack: str, since: datetime) -> Iterator[Event]:
    for page in aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            if event["Timestamp"] < since:
                return
            yield Event(
                event["EventId"],
                event["Timestamp"],
                event.get("LogicalResourceId", ""),
                event.get("ResourceType", ""),
                event.get("ResourceStatus", ""),
                event.get("ResourceStatusReason", ""),
            )


def watch(
    aws: Aws,
    stack: str,
    since: datetime,
    on_event: Callable[[Event], None],
    *,
    on_look: Callable[[], None] = lambda: None,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Look at a stack until no operation is in progress, however it ends.

    Args:
        aws: The account.
        stack: Name of the stack, or its id: a deleted stack is known by its id only.
        since: From when on events are told.
        on_event: Told of each event once.
        on_look: Called after each look that AWS answered.
        sleep: Passes the time between two questions.

    Returns:
        The stack's status.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    told: set[str] = set()
    silences = 0
    while True:
        try:
            status = status_of(aws, stack)
            for event in events_since(aws, stack, since):
                if event.event_id not in told:
                    told.add(event.event_id)
                    on_event(event)
            silences = 0
        except (Throttled, Unreachable):
            silences += 1
            if silences == _SILENCES:
                raise
        else:
            on_look()
            if not is_busy(status):
                return status
        sleep(_POLL_S)


def wait(
    aws: Aws,
    stack: str,
    since: datetime,
    on_event: Callable[[Event], None],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Wait until no operation is in progress.

    Args:
        aws: The account.
        stack: Name of the stack, or its id: a deleted stack is known by its id only.
        since: From when on events are told.
        on_event: Told of each event once.
        sleep: Passes the time between two questions.

    Returns:
        The status that it ended with.

    Raises:
        OperationFailed: It did not end well.
        AwsUnavailable: AWS cannot be asked.
    """
    status = watch(aws, stack, since, on_event, sleep=sleep)
    if status not in _GOOD:
        raise OperationFailed(f"The operation on stack {stack} failed: it is {status}.", status)
    return status
