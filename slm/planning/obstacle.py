"""What stands against a model on an instance."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Obstacle:
    """A reason for which it would not start.

    Attributes:
        short: The same in at most 24 letters, for a table.
        words: A sentence or two.
    """

    short: str
    words: str
