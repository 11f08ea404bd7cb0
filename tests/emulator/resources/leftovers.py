"""Resources that were made, but whose creation failed in the end."""

import logging
from collections.abc import Callable
from typing import Final

_LOG: Final = logging.getLogger(__name__)

_deletes: Final[dict[str, list[Callable[[], None]]]] = {}


def leave(stack_name: str, delete: Callable[[], None]) -> None:
    """Remember how to delete what a stack has left behind."""
    _deletes.setdefault(stack_name, []).append(delete)


def delete_leftovers(stack_name: str) -> None:
    """Delete what a stack has left behind."""
    for delete in _deletes.pop(stack_name, []):
        try:
            delete()
        except Exception:
            _LOG.exception("a leftover of %s", stack_name)
