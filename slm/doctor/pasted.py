"""Evidence that somebody gives: a file, or standard input.

JSON of a known form is read whole. Anything else is text: lines are read one by one, so that its
size does not matter.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from slm.doctor.case import EvidenceUnreadable, is_case
from slm.doctor.evidence import Evidence
from slm.doctor.json_forms import SEVERAL, evidence_of_json, flaw_of
from slm.doctor.sources import Source

_MAX_DOCUMENT_BYTES: Final = 64 * 1024 * 1024
"""Largest JSON document that is read whole."""

MAX_TEXT_BYTES: Final = 512 * 1024 * 1024
"""A device or a pipe may never end."""

_BLOCK_BYTES: Final = 256 * 1024
_MESSAGE_BYTES: Final = 4000
_MESSAGE_LINES: Final = 6
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_GZIP: Final = b"\x1f\x8b"
_LOG_LEVEL: Final = re.compile(r"\b(INFO|WARN|WARNING|ERROR|DEBUG)\b")
_JSON: Final = re.compile(rb'\s*(\{\s*["}]|\[\s*[\]{"\[]|\{\s*$)')
_NOT_OF_TEXT: Final = re.compile("[\x00-\x07\x0e-\x1a\ufffd]")
_MOST_NOT_OF_TEXT: Final = 0.1


def read_pasted(stream: BinaryIO, *, most: int = MAX_TEXT_BYTES) -> Evidence:
    """Evidence in a stream.

    Args:
        stream: The bytes.
        most: How many of them are read.

    Raises:
        EvidenceUnreadable: It is no text, or there are several cases in it.
    """
    head = _read_at_least(stream, _MESSAGE_BYTES)
    if head.startswith(_UTF_16):
        # PowerShell writes it with ">".
        text = (head + stream.read(_MAX_DOCUMENT_BYTES)).decode("utf-16", "replace")
        return read_pasted(io.BytesIO(text.encode()))
    _refuse_binary(head)
    head = head.removeprefix(b"\xef\xbb\xbf")
    flaw = "" if head.strip() else "There is nothing in it."
    if _JSON.match(head):
        head += stream.read(_MAX_DOCUMENT_BYTES - len(head))
        if len(head) < _MAX_DOCUMENT_BYTES:
            evidence, flaw = _document(head)
            if evidence:
                return evidence
    evidence = Evidence(flaw=flaw)
    evidence.add(_source(head), _bounded(blocks_of(head, stream), most, evidence))
    return evidence


def _read_at_least(stream: BinaryIO, count: int) -> bytes:
    """The beginning; a pipe gives less than asked for at a time."""
    parts: list[bytes] = []
    while sum(map(len, parts)) <= count and (block := stream.read(_BLOCK_BYTES)):
        parts.append(block)
    return b"".join(parts)


def _refuse_binary(head: bytes) -> None:
    if head.startswith(_GZIP):
        raise EvidenceUnreadable("It is compressed: gunzip -c FILE | slm doctor --from -")
    beginning = head[:_MESSAGE_BYTES].decode("utf-8", "replace")
    if len(_NOT_OF_TEXT.findall(beginning)) > _MOST_NOT_OF_TEXT * len(beginning):
        raise EvidenceUnreadable("It is no text. Give a log, an error message, or a case in JSON.")


def _document(text: bytes) -> tuple[Evidence | None, str]:
    """A JSON document's evidence, or None where it is text; and what is wrong with it as JSON."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise EvidenceUnreadable("The JSON is nested too deeply to be a case.") from None
    except ValueError as error:
        return None, (
            ""
            if _is_json_lines(text)
            else (
                f"This looks like JSON, but cannot be read: {error}. Mend it, or paste the log as "
                "it is."
            )
        )
    evidence = evidence_of_json(value)
    return evidence, "" if evidence else flaw_of(value)


def _is_json_lines(text: bytes) -> bool:
    """Whether each line is a value of its own; the last one may be cut off."""
    first = text.lstrip().split(b"\n", 1)[0]
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return False
    if is_case(value):
        raise EvidenceUnreadable(SEVERAL)
    return True


def _source(head: bytes) -> Source:
    short = len(head) <= _MESSAGE_BYTES and head.count(b"\n") <= _MESSAGE_LINES
    log = _LOG_LEVEL.search(head.decode("utf-8", "replace")) if short else None
    return Source.MESSAGE if short and not log else Source.TEXT


def _bounded(blocks: Iterable[bytes], most: int, evidence: Evidence) -> Iterator[bytes]:
    left = most
    for block in blocks:
        if left <= 0:
            evidence.unseen.append(f"What comes after the first {most // 1024**2} MB.")
            return
        left -= len(block)
        yield block


def blocks_of(head: bytes, rest: BinaryIO) -> Iterator[bytes]:
    """A stream in blocks, the one that was read already first."""
    block = head
    while block:
        yield block
        block = rest.read(_BLOCK_BYTES)
