"""Waiting for what takes its time, never for ever."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

_PATIENCE_S: Final = 120
_POLL_S: Final = 0.05

_T = TypeVar("_T")


def until(probe: Callable[[], _T | None]) -> _T:
    """What the probe finds at last, which is anything but None and False."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (found := probe()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(_POLL_S)
    return found
