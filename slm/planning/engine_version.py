"""The version of a model server, as far as memory and speed depend on it."""

import re
from dataclasses import dataclass
from typing import Final

from slm.planning.errors import PlanError

_VERSION: Final = re.compile(r"(?P<major>\d+)(\.(?P<minor>\d+)(\.\S*)?)?")


@dataclass(frozen=True)
class Version:
    """An engine's version.

    Without a number it is a current one, of which that is planned that needs more memory: what
    the very newest do better counts where their number is told.

    Attributes:
        number: Major and minor; None if it is not told.
    """

    number: tuple[int, int] | None

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read ``0.9.2``, ``2.2.0``; empty if it is not told.

        Raises:
            PlanError: It is no version.
        """
        if not text:
            return cls(None)
        found = _VERSION.fullmatch(text)
        number = (int(found["major"]), int(found["minor"] or 0)) if found else (0, 0)
        if number == (0, 0):
            raise PlanError(f"--engine-version {text}: must be numbers, such as 0.9.2.")
        return cls(number)

    def before(self, major: int, minor: int) -> bool:
        """Whether it is told to be older."""
        return self.number is not None and self.number < (major, minor)

    def since(self, major: int, minor: int) -> bool:
        """Whether it is told to be that one or newer."""
        return self.number is not None and self.number >= (major, minor)
