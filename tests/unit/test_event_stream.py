"""What we encode, botocore decodes: any payload, cut anywhere on its way."""

import json
from itertools import pairwise

import pytest
from botocore.eventstream import EventStreamBuffer, EventStreamMessage
from hypothesis import given
from hypothesis import strategies as st

from slm.local import event_stream

HEADER_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def decode(chunks: list[bytes]) -> list[EventStreamMessage]:
    buffer = EventStreamBuffer()
    messages = []
    for chunk in chunks:
        buffer.add_data(chunk)
        messages.extend(buffer)
    return messages


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(
    messages=st.lists(
        st.tuples(st.dictionaries(HEADER_TEXT.filter(bool), HEADER_TEXT, max_size=5), st.binary()),
        max_size=5,
    ),
    places=st.lists(st.integers(0), max_size=12),
)
def test_botocore_decodes_what_is_encoded(
    messages: list[tuple[dict[str, str], bytes]], places: list[int]
) -> None:
    wire = b"".join(event_stream.encode_message(headers, data) for headers, data in messages)

    decoded = decode(cut(wire, places))

    assert [(message.headers, message.payload) for message in decoded] == messages


@given(st.lists(st.binary(min_size=1), max_size=5))
def test_payload_parts_carry_the_bytes_in_order(chunks: list[bytes]) -> None:
    decoded = decode([event_stream.payload_parts(chunk) for chunk in chunks])

    assert [message.payload for message in decoded] == chunks
    assert all(message.headers[":event-type"] == "PayloadPart" for message in decoded)


def test_nothing_is_no_event() -> None:
    assert event_stream.payload_parts(b"") == b""


def test_a_chunk_over_the_limit_becomes_several_parts() -> None:
    chunk = bytes(range(256)) * (event_stream.MAX_PAYLOAD_BYTES // 256) + b"rest"

    decoded = decode([event_stream.payload_parts(chunk)])

    assert [len(message.payload) for message in decoded] == [event_stream.MAX_PAYLOAD_BYTES, 4]
    assert b"".join(message.payload for message in decoded) == chunk


@pytest.mark.parametrize(
    ("wire", "exception_type", "body"),
    [
        (
            event_stream.model_stream_error("The model broke off.", "StreamBroken"),
            "ModelStreamError",
            {"Message": "The model broke off.", "ErrorCode": "StreamBroken"},
        ),
        (
            event_stream.internal_stream_failure("Try again."),
            "InternalStreamFailure",
            {"Message": "Try again."},
        ),
    ],
)
def test_exceptions_are_told_apart_by_their_headers(
    wire: bytes, exception_type: str, body: dict[str, str]
) -> None:
    (message,) = decode([wire])

    assert message.headers == {
        ":message-type": "exception",
        ":exception-type": exception_type,
        ":content-type": "application/json",
    }
    assert json.loads(message.payload) == body
