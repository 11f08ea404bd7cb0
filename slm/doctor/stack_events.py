"""What a stack's events say went wrong in its last operation."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_BEGINS: Final = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"})


def failures(events: Iterable[Mapping[str, Any]], stack: str) -> Iterator[str]:
    """Reasons of what failed, newest first; what was cancelled failed because of something else.

    Args:
        events: As CloudFormation lists them, newest first.
        stack: The stack's name: with its own event an operation begins.
    """
    for event in events:
        status = str(event.get("ResourceStatus", ""))
        reason = str(event.get("ResourceStatusReason") or "")
        resource = event.get("LogicalResourceId", "")
        if resource == stack and status in _BEGINS:
            return
        if status.endswith("_FAILED") and reason and "cancelled" not in reason.lower():
            yield f"{resource}: {reason}"
