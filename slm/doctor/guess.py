"""A guess where no signature matches: causes whose vocabulary the lines of a failure use.

Signatures know messages; the next release words them anew. What it is about keeps its names: a
settings' name, a GPU's generation, a status. This tier only speaks of lines that tell of a
failure, and is never sure.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from slm.doctor.knowledge import CAUSES
from slm.doctor.knowledge.terms import TERMS
from slm.doctor.model import Cause
from slm.doctor.scan import Line
from slm.doctor.sources import Source
from slm.doctor.text import shown

LEAST_GUESSED: Final = 0.15
MOST_GUESSED: Final = 0.39
"""A guess says less than any signature that fits."""

_MOST_GUESSES: Final = 3
_LEAST_WEIGHT: Final = 0.4
"""Of a cause's terms together: less is chance."""

_FULL_WEIGHT: Final = 4.0
"""So much says as much as a guess can."""

_MORE_WORDS: Final = 0.5
"""What each further word adds to a term's weight."""

_LINES_QUOTED: Final = 2

_ANSWERS: Final = frozenset({Source.EVENT, Source.HTTP})
"""Sources that write to somebody."""

_PROSE: Final = frozenset({Source.ENDPOINT, Source.STATUS})
"""Sources that write only of what went wrong."""

_EVERYDAY: Final = frozenset({Source.FUNCTION})
"""Sources in which single requests fail while all is well."""

_FAILURE: Final = re.compile(
    r"error|exception|traceback|fail|fatal|panic|kill|denied|abort|crash|refused|forbidden|"
    r"expired|unauthori[sz]ed|invalid|missing|unsupported|unknown \w|unable|cannot|can'?t\b|"
    r"(could|do|did|does|is|was) ?n[o']t\b(?! in )|not (found|enough)|no such|exceed|throttl|"
    r"timed? ?out|out of (memory|disk|space)|insufficient|must be|too (large|long|many|big)|"
    r"already|stuck|exited|signal \d|assert|"
    r"awaiting|reject|\bfile \S+, line \d",
    re.IGNORECASE,
)
_REFUSAL: Final = re.compile(r"\bnot\b|n't\b|\bmust\b|\bonly\b|\bplease\b", re.IGNORECASE)
"""Where somebody is answered, this tells of a failure too."""

_STATUS: Final = re.compile(r"\b[45]\d\d\b(?!\.?\d| ?(ms|mib|mb|gb|bytes)\b)")
"""Only where an answer is expected: in logs, such numbers count things."""

_SUCCESS: Final = re.compile(r"\b20[0-6]\b")
"""Of an answer."""

_CALM: Final = re.compile(
    r"\b(INFO|DEBUG|TRACE|WARN|WARNING)\b|(?i:\berrors?\b\W{1,4}(0|null|none|false)\b|"
    r"\bno error|proceeding anyway|\b(create|update|delete)_(complete|in_progress)\b)"
)
"""Its writer thought nothing of it, or says that all is well."""

_ALARM: Final = re.compile(r"\w(Error|Exception)\b|\bERROR\b|[Tt]raceback|\bCRITICAL\b|\bFATAL\b")
"""Is a failure, however calmly it is written."""

_STATE: Final = re.compile(
    r"\W*((the )?(endpoint )?(status )?(is )?\W*)?(in ?service|creating|updating)\W*", re.IGNORECASE
)
"""Of an endpoint of which nothing bad is told."""

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Guess:
    """A cause that the words fit.

    Attributes:
        cause: The cause.
        confidence: How sure, ``LEAST_GUESSED`` to ``MOST_GUESSED``.
        evidence: The lines that use its words most, as they may be quoted.
    """

    cause: Cause
    confidence: float
    evidence: tuple[str, ...]


def guesses(lines: Iterable[Line], *, since: int = 0) -> list[Guess]:
    """The causes whose terms the failing lines use, the likeliest first.

    Args:
        lines: Lines in which a failure may be told.
        since: Number of the line before which failures were got over.
    """
    lines = _without_success([line for line in lines if line.number >= since])
    texts = [text for line in lines for text in _failures(line)]
    spelled = {text: spell(text) for text in texts}
    found = [(cause, *_weigh(cause, spelled)) for cause in CAUSES]
    found = [item for item in found if item[1] >= _LEAST_WEIGHT]
    best = sorted(found, key=lambda item: -item[1])[:_MOST_GUESSES]
    whole = sum(weight for _, weight, _ in best)
    span = MOST_GUESSED - LEAST_GUESSED
    return [
        Guess(
            cause,
            LEAST_GUESSED + span * min(1.0, weight / _FULL_WEIGHT) * weight / whole,
            tuple(shown(text) for text in quoted),
        )
        for cause, weight, quoted in best
    ]


def alarmed(lines: Iterable[Line], *, since: int = 0) -> bool:
    """Whether a line calls itself an error, be its words known or not.

    Args:
        lines: Lines in which a failure may be told.
        since: Number of the line before which failures were got over.
    """
    return any(
        _ALARM.search(_text(line))
        for line in lines
        if line.number >= since and line.source not in _PROSE | _EVERYDAY
    )


def spell(text: str) -> str:
    """Lower-case words with a blank around each; names in one word are taken apart."""
    return f" {_NO_WORD.sub(' ', _HUMP.sub(' ', text).lower()).strip()} "


def _without_success(lines: list[Line]) -> list[Line]:
    """Without an answer that succeeded: what the model then says tells of no failure."""
    answer = " ".join(_text(line) for line in lines if line.source is Source.HTTP)
    if _SUCCESS.search(answer) and not _STATUS.search(answer):
        return [line for line in lines if line.source is not Source.HTTP]
    return lines


def _text(line: Line) -> str:
    return line.raw.decode("utf-8", "replace")


def _failures(line: Line) -> Iterable[str]:
    """The line's text, if it tells of a failure."""
    text = _text(line)
    if line.source in _PROSE:
        return () if _STATE.fullmatch(text) else (text,)
    if line.source is Source.HTTP and _STATUS.search(text):
        return (text,)
    if line.source in _ANSWERS and _REFUSAL.search(text):
        return (text,)
    if line.source in _EVERYDAY or not _FAILURE.search(text):
        return ()
    return () if _CALM.search(text) and not _ALARM.search(text) else (text,)


def _weigh(cause: Cause, lines: Mapping[str, str]) -> tuple[float, list[str]]:
    """The weight of a cause's terms that stand in the lines, and the lines that hold most."""
    held: dict[str, float] = {}
    total = 0.0
    for term, weight in _vocabulary()[cause.id].items():
        holding = [text for text, spelled in lines.items() if term in spelled]
        total += weight if holding else 0.0
        for text in holding:
            held[text] = held.get(text, 0.0) + weight
    return total, sorted(held, key=lambda text: -held[text])[:_LINES_QUOTED]


@cache
def _vocabulary() -> Mapping[str, Mapping[str, float]]:
    """Cause -> its terms, as they are looked for, with their weights."""
    terms = {cause: terms_of(words) for cause, words in TERMS.items()}
    return {
        cause: {f" {term}": _weight(term, terms.values()) for term in own}
        for cause, own in terms.items()
    }


def terms_of(words: str) -> frozenset[str]:
    """The terms in a line of the table."""
    return frozenset(term.lstrip() for term in words.split(","))


def _weight(term: str, all_terms: Iterable[frozenset[str]]) -> float:
    """More for more words, less for each other cause with the same term."""
    return (1 + _MORE_WORDS * term.strip().count(" ")) / sum(term in own for own in all_terms)
