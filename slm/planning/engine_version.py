"""The version of a model server, as far as memory and speed depend on it."""

from dataclasses import dataclass

from slm.planning.errors import PlanError


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
        parts = text.split(".")
        try:
            return cls((int(parts[0]), int(parts[1]) if len(parts) > 1 else 0))
        except ValueError:
            raise PlanError(f"--engine-version {text}: must be numbers, such as 0.9.2.") from None

    def before(self, major: int, minor: int) -> bool:
        """Whether it is told to be older."""
        return self.number is not None and self.number < (major, minor)

    def since(self, major: int, minor: int) -> bool:
        """Whether it is told to be that one or newer."""
        return self.number is not None and self.number >= (major, minor)
