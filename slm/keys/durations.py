"""Durations as people write them: ``90d``, ``12h``, ``30m``."""

import re
from datetime import timedelta
from typing import Final

from slm.wrong_usage import WrongUsage

_FORM: Final = re.compile(r"(\d{1,5})([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class NoDuration(WrongUsage):
    """It is no duration, or one that makes no sense where it stands."""


def parse_duration(text: str) -> timedelta:
    """Read a duration.

    Raises:
        NoDuration: It is none; the message shows some.
    """
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise NoDuration(f"{text!r} is no duration. Write for example 90d, 12h or 30m.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
