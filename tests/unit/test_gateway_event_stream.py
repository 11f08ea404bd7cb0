"""Event-stream messages, decoded as botocore decodes them."""

import struct
from collections.abc import Iterable
from typing import Any, cast
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from slm.gateway.event_stream import BadMessage, MessageDecoder
from slm.local.event_stream import model_stream_error, payload_parts

TOO_LONG = 25 * 1024 * 1024
"""botocore's bound is 24 MiB."""

STREAM = payload_parts(b"one") + payload_parts(b"") + payload_parts(b"two" * 1000)


def message(headers: bytes, payload: bytes) -> bytes:
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return body + struct.pack(">I", crc32(body))


def decoded(stream: bytes, size: int) -> list[tuple[dict[str, str], bytes]]:
    """What the stream holds, given in pieces of this size."""
    decoder = MessageDecoder()
    found: list[tuple[dict[str, str], bytes]] = []
    for start in range(0, len(stream), size):
        found += [(dict(m.headers), m.payload) for m in decoder.feed(stream[start : start + size])]
    assert decoder.complete
    return found


def as_botocore(stream: bytes) -> list[tuple[dict[str, Any], bytes]]:
    buffer = EventStreamBuffer()
    buffer.add_data(stream)
    return [(m.headers, m.payload) for m in cast("Iterable[Any]", buffer)]


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_messages_come_whole_however_they_are_cut(size: int) -> None:
    assert decoded(STREAM, size) == as_botocore(STREAM)
    assert b"".join(payload for _, payload in decoded(STREAM, size)) == b"one" + b"two" * 1000


def test_exceptions_have_their_headers() -> None:
    (found,) = MessageDecoder().feed(model_stream_error("words", "StreamBroken"))
    assert found.headers[":message-type"] == "exception"
    assert found.headers[":exception-type"] == "ModelStreamError"


@pytest.mark.parametrize("size", [7, 10_000])
def test_messages_of_several_kinds_keep_their_own_headers(size: int) -> None:
    bare = message(b"", b"three")
    stream = STREAM + bare + model_stream_error("words", "StreamBroken") + STREAM + bare
    assert decoded(stream, size) == as_botocore(stream)


def test_a_stream_that_ends_within_a_message_is_not_complete() -> None:
    decoder = MessageDecoder()
    assert decoder.feed(STREAM[:-1])
    assert not decoder.complete


@pytest.mark.parametrize(
    "damaged",
    [
        b"HTTP/1.1 200 OK\r\n",
        STREAM[:5] + b"\xff" + STREAM[6:],  # prelude
        STREAM[:-1] + b"\xff",  # checksum
        message(b"", b"x" * 20).replace(b"xx", b"xy", 1),
        message(b"\x09a", b""),  # header ends within its name
        message(b"\x01a\x63", b""),  # no such type
        message(b"\x01h\x07\x00\x01\xff", b""),  # no UTF-8
        message(b"\x01h\x07\x00", b""),  # no length
        struct.pack(">II", TOO_LONG, 0) + struct.pack(">I", crc32(struct.pack(">II", TOO_LONG, 0))),
    ],
)
def test_what_is_no_event_stream_is_refused(damaged: bytes) -> None:
    with pytest.raises(BadMessage):
        MessageDecoder().feed(damaged)


@given(st.binary(max_size=200), st.integers(0, 199), st.integers(1, 255))
def test_a_damaged_byte_is_always_found(payload: bytes, place: int, change: int) -> None:
    stream = bytearray(payload_parts(payload) or payload_parts(b"x"))
    stream[place % len(stream)] ^= change
    decoder = MessageDecoder()
    try:
        assert not decoder.feed(bytes(stream))
    except BadMessage:
        return
    assert not decoder.complete
