"""Finds signatures in any amount of text, in one pass and bounded memory.

Most lines of a log say nothing, and say it again and again. A line is looked at closer only if one
of its words is a word of some signature, and if no line of its kind was looked at before; these
two tests cost a few microseconds.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from slm.doctor.knowledge import CAUSES, MARKS
from slm.doctor.model import Mark, Signature
from slm.doctor.sources import Source
from slm.doctor.text import without_escapes

_MAX_LINE_BYTES: Final = 2048
"""Longer lines are looked at in pieces: no message that names a cause is longer."""

_MAX_HELD_BYTES: Final = 1 << 16
"""Of a line whose end has not come yet."""

_MAX_UNBROKEN_BYTES: Final = 1 << 22
"""Of one line, so much is looked at, and its end."""

_OVERLAP_BYTES: Final = 256
_USUAL_LINE_BYTES: Final = 400
_NOT_OF_A_KIND: Final = b"0123456789abcdefABCDEF-.:,"
"""Lines that differ by times, counts and ids alone are of one kind, which is looked at once."""

_STATUS: Final = re.compile(rb"""HTTP/\d(?:\.\d)?["']? (?!200)[1-5]\d\d\b""")
_IN_LETTERS: Final = bytes.maketrans(b"0123456789", b"ghijklmnop")
"""An answer's status tells kinds apart, unlike other numbers."""

_KINDS_KEPT: Final = 50_000
_ALARMS_LOOKED_AT: Final = 10_000
_CALM_LOOKED_AT: Final = 4_000
"""So many kinds of lines are looked at; a log with more of them is somebody's prose."""

_LAST_LOOKED_AT: Final = 100
"""Lines at the end that are looked at whatever came before: a failure is the last that is
written."""

_LAST_KEPT_UNREAD: Final = 2_000
"""Lines at the end in which those are sought, once no other line is looked at any more."""

_ALARMS: Final = frozenset(
    b"error exception failed failure fatal critical traceback killed denied timeout unable cannot "
    b"signal abort aborted panic oserror valueerror runtimeerror memory exceeded".split()
)
_LAST_KEPT: Final = 5

_PROMPT: Final = re.compile(rb"(Received request [^\n]{0,80}?prompt: )[^\n]*")

_WORD_BYTES: Final = b"abcdefghijklmnopqrstuvwxyz0123456789_"
_TO_WORDS: Final = bytes(
    code | 0x20 if 0x41 <= code <= 0x5A else code if code in _WORD_BYTES else 0x20
    for code in range(256)
)


@dataclass
class Hit:
    """Where a signature or a mark was found.

    Attributes:
        first: Number of the first line.
        last: Number of the last line.
        line: The first line.
        column: Where in it.
        source: Where the line comes from.
    """

    first: int
    last: int
    line: str
    column: int
    source: Source


@dataclass(frozen=True)
class _Pattern:
    key: Signature | Mark
    search: re.Pattern[str]


@dataclass(frozen=True)
class Line:
    """A line that was looked at closer, or a piece of it.

    Attributes:
        number: Which line it is.
        words: Those of its words that are looked for.
        raw: Its text.
        source: Where it comes from.
    """

    number: int
    words: frozenset[bytes]
    raw: bytes
    source: Source


def _last_lines() -> deque[Line]:
    return deque(maxlen=_LAST_LOOKED_AT)


@cache
def _index() -> Mapping[bytes, tuple[_Pattern, ...]]:
    """Word -> what may match a line that holds it."""
    index: dict[bytes, list[_Pattern]] = {}
    known: list[Signature | Mark] = [*MARKS]
    known += [signature for cause in CAUSES for signature in cause.signatures]
    for item in known:
        pattern = _Pattern(item, re.compile(item.pattern, re.IGNORECASE))
        for word in item.words:
            index.setdefault(word.encode(), []).append(pattern)
    return {word: tuple(patterns) for word, patterns in index.items()}


class Scanner:
    """Takes text piece by piece, and remembers what was found in it.

    Attributes:
        hits: What was found.
        lines: How many lines were read.
        tail: The last of them.
    """

    def __init__(self) -> None:
        self.hits: Final[dict[Signature | Mark, Hit]] = {}
        self.lines = 0
        self.tail: list[bytes] = []
        self._rest = b""
        self._unbroken = 0
        self._kinds: dict[int, tuple[Hit, ...]] = {}
        self._looked_at = {True: 0, False: 0}
        self._unread: deque[tuple[int, bytes, Source]] = deque(maxlen=_LAST_KEPT_UNREAD)
        self._passed_over = _last_lines()
        self._recent = {True: _last_lines(), False: _last_lines()}
        self._index = _index()
        self._words = _ALARMS | self._index.keys()

    @property
    def recent(self) -> list[Line]:
        """Lines in which a failure may be told, in order: the last of their kind that hold a word
        of alarm, and the last others.
        """
        return sorted((*self._recent[True], *self._recent[False]), key=lambda line: line.number)

    def forget_lines(self) -> None:
        """What was read so far was no evidence of a failure: only its marks count."""
        self.lines = 0
        self.tail = []
        self._kinds.clear()
        for recent in self._recent.values():
            recent.clear()

    def note(self, name: str, source: Source) -> None:
        """Set a mark that no line sets."""
        key = Mark(name, frozenset(), "")
        self.hits.setdefault(key, Hit(self.lines, self.lines, "", 0, source))

    def read(self, pieces: Iterable[str | bytes], source: Source) -> None:
        """Take all of a source.

        Args:
            pieces: Lines as texts, or bytes in blocks of any size.
            source: Where they come from.
        """
        for piece in pieces:
            if isinstance(piece, str):
                self._feed(piece.encode("utf-8", "replace") + b"\n", source)
            else:
                self._feed(piece, source)
        rest, self._rest = self._rest, b""
        if rest:
            self._look_at(rest, source)
        for number, raw, of in self._unread:
            self._look_closer(number, raw, of)
        self._unread.clear()
        for line in self._passed_over:
            self._match(line)
        self._passed_over.clear()

    def _feed(self, data: bytes, source: Source) -> None:
        """Take a block, which may end within a line."""
        data = self._rest + data
        cut = data.rfind(b"\n")
        if cut < 0 and len(data) < _MAX_HELD_BYTES:
            self._rest = data
            return
        if len(data) - cut > _MAX_HELD_BYTES:
            self._rest = data[-_OVERLAP_BYTES:]
            self._look_at(data, source, ends=False)
        else:
            data, self._rest = data[:cut], data[cut + 1 :]
            self._look_at(data, source)

    def _look_at(self, data: bytes, source: Source, *, ends: bool = True) -> None:
        """Look at lines, of which the last one may go on."""
        data = _unescaped(_without_prompts(without_escapes(data)))
        self._unbroken = 0 if ends or b"\n" in data else self._unbroken + len(data)
        if self._unbroken > _MAX_UNBROKEN_BYTES:
            return
        raw = data.split(b"\n")
        seen = self._kinds
        spent = all(self._is_spent(alarm) for alarm in (True, False))
        for number, of_a_kind in enumerate(_kinds_of(data)):
            kind = hash(of_a_kind)
            hits = seen.get(kind)
            if hits is None and spent:
                self._unread.append((self.lines + number, raw[number], source))
            elif hits is None:
                if len(seen) >= _KINDS_KEPT:
                    seen.clear()
                seen[kind] = self._look_closer(self.lines + number, raw[number], source)
            else:
                for hit in hits:
                    hit.last = self.lines + number
        self.lines += len(raw) if ends else len(raw) - 1
        last = [line[:_MAX_LINE_BYTES] for line in raw[-_LAST_KEPT:] if line.strip()]
        self.tail = [*self.tail, *last][-_LAST_KEPT:]

    def _look_closer(self, number: int, raw: bytes, source: Source) -> tuple[Hit, ...]:
        """Look at a line of a new kind, in pieces if it is long."""
        found: tuple[Hit, ...] = ()
        for start in range(0, len(raw) or 1, _MAX_LINE_BYTES - _OVERLAP_BYTES):
            piece = raw[start : start + _MAX_LINE_BYTES]
            words = piece.translate(_TO_WORDS).split()
            told = source is Source.HTTP or _is_named_error(piece)
            if not told and self._words.isdisjoint(words):
                continue
            line = Line(number, self._words.intersection(words), piece, source)
            alarm = told or not _ALARMS.isdisjoint(words)
            self._recent[alarm].append(line)
            if self._is_spent(alarm):
                self._passed_over.append(line)
                continue
            self._looked_at[alarm] += _cost(piece)
            found += self._match(line)
        return found

    def _is_spent(self, alarm: bool) -> bool:
        """Whether enough lines were looked at: those with a word of alarm, or the others."""
        return self._looked_at[alarm] >= (_ALARMS_LOOKED_AT if alarm else _CALM_LOOKED_AT)

    def _match(self, line: Line) -> tuple[Hit, ...]:
        # Words are one blank apart, whatever stood between them.
        text = " ".join(line.raw.decode("utf-8", "replace").split())
        found: list[Hit] = []
        patterns = {id(p): p for word in line.words for p in self._index.get(word, ())}
        for pattern in patterns.values():
            match = pattern.search.search(text)
            if match is None:
                continue
            hit = self.hits.setdefault(
                pattern.key, Hit(line.number, line.number, text, match.start(), line.source)
            )
            hit.last = line.number
            found.append(hit)
        return tuple(found)


def _kinds_of(data: bytes) -> list[bytes]:
    """The kind of each line."""
    if b"HTTP/" in data:
        data = _STATUS.sub(lambda status: status[0].translate(_IN_LETTERS), data)
    return data.translate(None, _NOT_OF_A_KIND).split(b"\n")


def _is_named_error(piece: bytes) -> bool:
    """Whether it holds the name of some exception, which is one word."""
    return b"Error" in piece or b"Exception" in piece


def _cost(piece: bytes) -> int:
    """What looking at it takes, in usual lines: the patterns are slower on long ones."""
    return 1 + 20 * (len(piece) // _USUAL_LINE_BYTES)


def _without_prompts(data: bytes) -> bytes:
    """Without what a user wrote: an engine that logs requests quotes it."""
    return _PROMPT.sub(rb"\1", data) if b"prompt: " in data else data


def _unescaped(data: bytes) -> bytes:
    """Line ends and quotes as they are, where JSON or ``repr`` has written them out, or JSON in
    JSON.
    """
    if b"\\" in data:
        while b"\\\\" in data:
            data = data.replace(b"\\\\", b"\\")
        for written, meant in ((b"\\n", b"\n"), (b"\\r", b"\n"), (b"\\t", b" ")):
            data = data.replace(written, meant)
        data = data.replace(b'\\"', b'"').replace(b"\\'", b"'")
    return data.replace(b"`", b"").replace(b"\r", b"\n")
