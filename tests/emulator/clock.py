"""The time that schedules go by; tests may move it on."""

import time
from typing import Final

PATH: Final = "/_emulator/clock"
"""``PUT`` with ``{"now": seconds since 1970}`` moves it."""

_offset_s: Final = [0.0]


def now() -> float:
    """Seconds since 1970."""
    return time.time() + _offset_s[0]


def move_to(seconds: float) -> None:
    """Let it be another time from now on."""
    _offset_s[0] = seconds - time.time()
