"""From what was found to ranked causes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from slm.doctor.evidence import Evidence
from slm.doctor.facts import facts_of
from slm.doctor.guess import MOST_GUESSED, alarmed, guesses
from slm.doctor.knowledge import CAUSES
from slm.doctor.model import TOLD, Cause, Mark, Phase, Rank, Signature
from slm.doctor.scan import Hit, Scanner
from slm.doctor.sources import Source
from slm.doctor.text import plain, shown

LEAST: Final = 0.3
"""Below it a cause is not worth telling."""

_MOST: Final = 0.98
_LINES_QUOTED: Final = 4

_CLEAR: Final = 0.6
"""A root cause this likely takes the place of what follows from it."""

_SHADE: Final = 0.5
_RIVAL: Final = 0.85
"""A second cause with this part of the first one's likelihood makes the first uncertain."""

_UNCERTAIN: Final = 0.78

_RECOVERED: Final = 0.3
"""What is left of an error at the start after which the model did answer."""


_CALM: Final = 0.5
"""What is left of a line that is written as information, and names no failure."""

_NOT_TOLD: Final = 0.6
"""What is left of a person's words where a program has written them."""

_LEVEL: Final = re.compile(r"\b(INFO|DEBUG|TRACE)\b")
_ALARM: Final = re.compile(
    r"error|exception|fail|denied|cannot|unable|abort|traceback|killed|not (found|enough)|out of|"
    r"signal|must ",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Candidate:
    """A cause that may be it.

    Attributes:
        cause: The cause.
        confidence: How sure, 0 to 1.
        evidence: The lines that say so: harmless, masked and short.
        fix: What mends it, with this engine; sentences.
    """

    cause: Cause
    confidence: float
    evidence: tuple[str, ...]
    fix: str


@dataclass(frozen=True)
class Diagnosis:
    """The answer.

    Attributes:
        candidates: Most likely first; empty if nothing wrong was found.
        lines_read: How many lines of evidence there were.
        seen: What was looked at.
        unseen: What could not be seen, and why.
        last: The last lines, for whoever asks for help.
        served: Whether the model server served.
        guessed: Whether no message is known, and the candidates only fit the words.
        alarmed: Whether a line calls itself an error, and no cause is known for it.
    """

    candidates: tuple[Candidate, ...]
    lines_read: int
    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    last: tuple[str, ...]
    served: bool
    guessed: bool = False
    alarmed: bool = False


@dataclass(frozen=True)
class _Scene:
    """All that conditions are asked of."""

    holds: frozenset[str]
    marks: Mapping[str, Hit]

    def allows(self, signature: Signature, hit: Hit) -> bool:
        if not signature.given <= self.holds or not signature.unless.isdisjoint(self.holds):
            return False
        if signature.after and not any(
            name in self.marks and self.marks[name].first <= hit.last for name in signature.after
        ):
            return False
        return not any(
            name in self.marks and self.marks[name].first <= hit.first
            for name in signature.not_after
        )


def diagnose(evidence: Evidence) -> Diagnosis:
    """Name the causes that the evidence speaks for, the most likely first."""
    scanner = _scanned(evidence)
    marks = {item.name: hit for item, hit in scanner.hits.items() if isinstance(item, Mark)}
    engine = evidence.context.engine or _engine(marks)
    scene = _Scene(facts_of(evidence.context, engine) | evidence.facts | marks.keys(), marks)
    scored = [(cause, *_score(cause, scanner.hits, scene)) for cause in CAUSES]
    clear = max(score for cause, score, _ in scored if cause.rank is Rank.ROOT)
    found = [
        Candidate(cause, score * _shade(cause, clear), lines, cause.fix_with(engine))
        for cause, score, lines in scored
        if score * _shade(cause, clear) >= LEAST
    ]
    found = list(_with_doubt(sorted(found, key=lambda item: -item.confidence)))
    guessed = not found
    served = marks.get("serving")
    since = served.last if served else 0
    if not _is_well(evidence) and (guessed or found[0].confidence < TOLD):
        found += _guesses(scanner, engine, since, found)
    return Diagnosis(
        candidates=tuple(found),
        lines_read=scanner.lines,
        seen=tuple(evidence.seen),
        unseen=(*evidence.unseen, *filter(None, [evidence.flaw])),
        last=tuple(shown(plain(line.decode("utf-8", "replace"))) for line in scanner.tail),
        served=served is not None,
        guessed=guessed and bool(found),
        alarmed=not found and not _is_well(evidence) and alarmed(scanner.recent, since=since),
    )


def _is_well(evidence: Evidence) -> bool:
    """Whether it is known to run, or not to be evidence at all."""
    return "runs" in evidence.facts or bool(evidence.flaw)


def _guesses(scanner: Scanner, engine: str, since: int, found: list[Candidate]) -> list[Candidate]:
    """What the words of a failure fit besides what was found, and no better than that."""
    known = {item.cause.id for item in found}
    most = found[-1].confidence if found else MOST_GUESSED
    return [
        Candidate(
            item.cause,
            round(min(item.confidence, most), 2),
            item.evidence,
            item.cause.fix_with(engine),
        )
        for item in guesses(scanner.recent, since=since)
        if item.cause.id not in known
    ]


def _scanned(evidence: Evidence) -> Scanner:
    scanner = Scanner()
    context = evidence.context
    scanner.read([context.model, context.image, context.words], Source.STATUS)
    scanner.forget_lines()
    for source, pieces in evidence.lines:
        if source in (Source.HTTP, Source.FUNCTION):
            scanner.note("request", source)
        elif source is Source.STATUS:
            scanner.note("told", source)
        scanner.read(pieces, source)
    return scanner


def _score(
    cause: Cause, hits: Mapping[Signature | Mark, Hit], scene: _Scene
) -> tuple[float, tuple[str, ...]]:
    """How likely a cause is, as if every signature were seen independently; and the lines."""
    doubt = 1.0
    by_line: dict[str, float] = {}
    lines: dict[str, float] = {}
    for signature in cause.signatures:
        hit = hits.get(signature)
        if hit is None or not scene.allows(signature, hit):
            continue
        strength = signature.strength * _recovery(cause, hit, scene)
        if "told" in signature.given and hit.source is not Source.STATUS:
            strength *= _NOT_TOLD
        # Several signatures in one line are one observation.
        by_line[hit.line] = max(by_line.get(hit.line, 0.0), strength)
        quoted = shown(hit.line, hit.column)
        lines[quoted] = max(lines.get(quoted, 0.0), strength)
    for strength in by_line.values():
        doubt *= 1 - strength
    for fact, strength in cause.facts.items():
        if fact in scene.holds:
            doubt *= 1 - strength
    score = min(1 - doubt, _MOST)
    for fact, rest in cause.contradicted_by.items():
        if fact in scene.holds:
            score *= rest
    best = sorted(lines, key=lambda line: -lines[line])[:_LINES_QUOTED]
    return score, tuple(best)


def _recovery(cause: Cause, hit: Hit, scene: _Scene) -> float:
    if cause.phase is Phase.START and cause.rank is Rank.ROOT and _is_calm(hit.line):
        return _CALM
    serving = scene.marks.get("serving")
    if cause.phase is Phase.START and serving and hit.last < serving.last:
        return _RECOVERED
    return 1.0


def _is_calm(line: str) -> bool:
    """Whether its writer thought nothing of it."""
    return bool(_LEVEL.search(line)) and not _ALARM.search(line)


def _shade(cause: Cause, clear: float) -> float:
    return _SHADE if cause.rank is Rank.CONSEQUENCE and clear >= _CLEAR else 1.0


def _with_doubt(found: list[Candidate]) -> Iterator[Candidate]:
    for at, item in enumerate(found):
        confidence = item.confidence
        if at == 0 and len(found) > 1 and found[1].confidence > confidence * _RIVAL:
            confidence = min(confidence, _UNCERTAIN)
        if at > 0:
            confidence = min(confidence, _UNCERTAIN)
        yield replace(item, confidence=round(confidence, 2))


def _engine(marks: Mapping[str, Hit]) -> str:
    for mark, engine in (("tgi", "tgi"), ("vllm", "vllm"), ("llama_cpp", "llama.cpp")):
        if mark in marks:
            return engine
    return ""
