"""Whether endpoints come up; tests may hold them back, and see what is there meanwhile."""

import itertools
from typing import Final

PATH: Final = "/_emulator/hold"
"""``PUT`` with ``{"held": true}``: what sets out then comes up, or fails to, after ``false``."""

NO_HOLD: Final = 0

_numbers: Final = itertools.count(NO_HOLD + 1)
_current: Final = [NO_HOLD]


def current() -> int:
    """The number of the hold that is on; each has its own."""
    return _current[0]


def set_held(held: bool) -> None:
    """Let what sets out now stay on its way, or go on."""
    _current[0] = next(_numbers) if held else NO_HOLD
