"""What the ``slm`` command's exit status says; the help texts list them."""

from typing import Final

from slm.errors import SlmError
from slm.wrong_usage import WrongUsage

FAILED: Final = 1
"""It did not work; the message says why and what to do."""

WRONG_USAGE: Final = 2
"""An option, an argument or a setting is wrong; nothing was done."""

NOTHING_RUNS: Final = 3
"""``slm status``: neither a twin nor a deployed stack answers."""

INTERRUPTED: Final = 130
"""Ctrl-C, as shells report it. Ctrl-C is how a twin is ended, so there it is a 0."""

EXPLANATION: Final = (
    "Exit status: 0 done, 1 failed (the message says why and what to do), "
    "2 wrong option or setting, 3 nothing runs (slm status), 130 interrupted."
)


def exit_code_of(error: SlmError) -> int:
    """The status that a failure ends with."""
    return WRONG_USAGE if isinstance(error, WrongUsage) else FAILED
