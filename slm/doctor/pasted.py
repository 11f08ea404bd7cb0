"""Evidence that somebody gives: a file, or standard input.

One JSON object with a case's fields, what ``aws logs`` or ``aws cloudformation`` print as JSON, or
any text: lines are read one by one, so that its size does not matter.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

from slm.doctor.case import EvidenceUnreadable, context_of, evidence_of_case, is_case, texts
from slm.doctor.evidence import IN_CASE, Evidence
from slm.doctor.sources import Source

_MAX_DOCUMENT_BYTES: Final = 64 * 1024 * 1024
"""Largest JSON document that is read whole."""

_BLOCK_BYTES: Final = 256 * 1024
_MESSAGE_BYTES: Final = 4000
_MESSAGE_LINES: Final = 6
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_LOG_LEVEL: Final = re.compile(r"\b(INFO|WARN|WARNING|ERROR|DEBUG)\b")


def read_pasted(stream: BinaryIO) -> Evidence:
    """Evidence in a stream.

    Raises:
        EvidenceUnreadable: It looks like a case in JSON, but is none.
    """
    head = _read_at_least(stream, _MESSAGE_BYTES)
    if head.startswith(_UTF_16):
        # PowerShell writes it with ">".
        text = (head + stream.read(_MAX_DOCUMENT_BYTES)).decode("utf-16", "replace")
        return read_pasted(io.BytesIO(text.encode()))
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head.lstrip()[:1] in (b"{", b"["):
        head += stream.read(_MAX_DOCUMENT_BYTES - len(head))
        evidence = _document(head) if len(head) < _MAX_DOCUMENT_BYTES else None
        if evidence:
            return evidence
    return _text(head, stream)


def _read_at_least(stream: BinaryIO, count: int) -> bytes:
    """The beginning; a pipe gives less than asked for at a time."""
    parts: list[bytes] = []
    while sum(map(len, parts)) <= count and (block := stream.read(_BLOCK_BYTES)):
        parts.append(block)
    return b"".join(parts)


def _document(text: bytes) -> Evidence | None:
    """A JSON document's evidence; None if it is not one, but a log that begins like one."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise EvidenceUnreadable("The JSON is nested too deeply to be a case.") from None
    except ValueError as error:
        _refuse_broken_case(text, error)
        return None
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    if isinstance(value, list) and any(map(is_case, value)):
        raise EvidenceUnreadable(_SEVERAL)
    if is_case(value):
        return evidence_of_case(value)
    return _aws_document(value)


_SEVERAL: Final = (
    "There are several cases in this JSON. Give one object at a time: slm doctor --from case.json."
)


def _refuse_broken_case(text: bytes, error: ValueError) -> None:
    first = text.lstrip().split(b"\n", 1)[0]
    try:
        whole_line = json.loads(first)
    except (ValueError, RecursionError):
        named = [name for name in IN_CASE if f'"{name}"'.encode() in text[:_BLOCK_BYTES]]
        if len(named) > 1:
            raise EvidenceUnreadable(
                f"This looks like a case in JSON, but cannot be read: {error}. Mend it, or paste "
                "the log as it is."
            ) from None
        return
    if is_case(whole_line):
        raise EvidenceUnreadable(_SEVERAL)


def _aws_document(value: object) -> Evidence | None:
    """What the AWS command line prints as JSON; None if it is something else."""
    if not isinstance(value, Mapping):
        return None
    evidence = Evidence()
    if isinstance(events := value.get("StackEvents"), list):
        evidence.add(Source.EVENT, list(_reasons(events))[::-1])
    elif isinstance(events := value.get("events"), list):
        evidence.add(Source.LOG, [line for text in texts(events) for line in text.splitlines()])
    elif "EndpointStatus" in value or "FailureReason" in value:
        evidence.add(Source.ENDPOINT, list(texts(value.get("FailureReason"))))
        evidence.context = context_of({"env": value.get("EndpointName")})
    else:
        return None
    return evidence


def _reasons(events: list[Any]) -> Iterator[str]:
    for event in events:
        if isinstance(event, Mapping) and str(event.get("ResourceStatus")).endswith("_FAILED"):
            yield from texts(event.get("ResourceStatusReason"))


def _text(head: bytes, rest: BinaryIO) -> Evidence:
    evidence = Evidence()
    short = len(head) <= _MESSAGE_BYTES and head.count(b"\n") <= _MESSAGE_LINES
    log = _LOG_LEVEL.search(head.decode("utf-8", "replace"))
    source = Source.MESSAGE if short and not log else Source.TEXT
    evidence.add(source, blocks_of(head, rest))
    return evidence


def blocks_of(head: bytes, rest: BinaryIO) -> Iterator[bytes]:
    """A stream in blocks, the one that was read already first."""
    block = head
    while block:
        yield block
        block = rest.read(_BLOCK_BYTES)
