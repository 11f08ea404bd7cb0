"""What the doctor knows a cause by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

PROOF: Final = 0.95
"""Names the cause itself."""

STRONG: Final = 0.86
"""Has hardly ever another cause."""

LIKELY: Final = 0.65
"""Has this cause more often than all others together."""

TOLD: Final = 0.5
"""Somebody says in words of their own what looks like this cause."""

HINT: Final = 0.4
"""Fits this cause, and others as well."""

TRACE: Final = 0.2
"""Says nothing alone, and adds to what else is seen."""


class Phase(Enum):
    """When a cause does its harm; an endpoint that answers afterwards speaks against it."""

    DEPLOY = "while the stack is deployed"
    START = "while the model server starts"
    SERVING = "while requests are answered"


class Rank(Enum):
    """How a cause relates to others that are seen with it."""

    ROOT = "root"
    """Stands for itself."""

    CONSEQUENCE = "consequence"
    """Often follows from another cause, which then matters more."""


@dataclass(frozen=True)
class Signature:
    """Words in a line that speak for a cause.

    Attributes:
        words: One of these stands in each line that can match; lower case, whole words of letters,
            digits and underscores. A cheap test before the pattern.
        pattern: Regular expression, upper and lower case alike.
        strength: How likely the cause is when this alone is seen; 0 to 1.
        given: Facts or marks that must hold.
        unless: Facts or marks that must not hold.
        after: Marks of which one must have come before, or in the same line.
        not_after: Marks of which none may have come before, or in the same line.
    """

    words: frozenset[str]
    pattern: str
    strength: float
    given: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    not_after: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mark:
    """Words in a line that tell how far a start has come, or who writes.

    Attributes:
        name: What signatures call it.
        words: As for a signature.
        pattern: As for a signature.
    """

    name: str
    words: frozenset[str]
    pattern: str


@dataclass(frozen=True)
class Cause:
    """A cause, and what to do about it.

    Attributes:
        id: Stable name.
        title: What happened, in one sentence.
        explanation: Why, and what the signatures prove; Markdown.
        against: What speaks against this cause.
        fix: What to do, whatever the engine; Markdown.
        fix_for: Engine -> what to do there, besides.
        sources: Where this is documented.
        phase: When it does its harm.
        rank: How it relates to others.
        signatures: What it is known by.
        facts: Fact or mark -> strength, where no line has to say anything.
        contradicted_by: Fact or mark -> what is left of the strength, 0 to 1.
    """

    id: str
    title: str
    explanation: str
    against: str
    fix: str
    signatures: tuple[Signature, ...]
    phase: Phase
    sources: tuple[str, ...]
    fix_for: Mapping[str, str] = field(default_factory=dict)
    rank: Rank = Rank.ROOT
    facts: Mapping[str, float] = field(default_factory=dict)
    contradicted_by: Mapping[str, float] = field(default_factory=dict)

    def fix_with(self, engine: str) -> str:
        """What to do.

        Args:
            engine: Its name; empty if it is unknown: then it is said for each.
        """
        if engine:
            return " ".join(filter(None, (self.fix, self.fix_for.get(engine))))
        return " ".join((self.fix, *(f"With {name}: {fix}" for name, fix in self.fix_for.items())))


def status(codes: str) -> str:
    """Pattern of an HTTP status where it is one, and not a duration or a count.

    Args:
        codes: The status, or several as a pattern.
    """
    named = r"\b(status|code|http(/\d(\.\d)?)?|errors?|returns?|returned|got|answers?|response)"
    return (
        rf"{named}\W{{1,4}}(code\W{{0,3}}|with )?({codes})\b|^\W*({codes})\b(?![.,]?\d| ?m?s\b)|"
        rf"(?<!\w)\(({codes})\)|\b({codes}) (client|server) error|\" ({codes}) \d"
    )


def sign(
    words: str,
    pattern: str,
    strength: float,
    *,
    given: str = "",
    unless: str = "",
    after: str = "",
    not_after: str = "",
) -> Signature:
    """A signature; several words are written with spaces between them."""
    return Signature(
        frozenset(words.split()),
        pattern,
        strength,
        frozenset(given.split()),
        frozenset(unless.split()),
        frozenset(after.split()),
        frozenset(not_after.split()),
    )


def mark(name: str, words: str, pattern: str) -> Mark:
    """A mark; several words are written with spaces between them."""
    return Mark(name, frozenset(words.split()), pattern)
