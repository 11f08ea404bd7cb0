"""What is on the wire while an answer streams."""

import json
from typing import Any, Final

import pytest

from tests.clients.twin_process import Twin
from tests.clients.wire import Read, parse, posted, reads_of

TOKENS: Final = 60

STREAMS: Final[dict[str, dict[str, Any]]] = {
    "/v1/chat/completions": {
        "messages": [{"role": "user", "content": "Count from 1 to 100: 1, 2, 3,"}],
        "max_tokens": TOKENS,
        "temperature": 0,
        "stream": True,
    },
    "/v1/completions": {
        "prompt": "1, 2, 3, 4,",
        "max_tokens": TOKENS,
        "temperature": 0,
        "stream": True,
    },
    "/invoke": {
        "prompt": "Count from 1 to 100: 1, 2, 3,",
        "parameters": {"max_new_tokens": TOKENS, "temperature": 0},
        "stream": True,
    },
}


@pytest.fixture(scope="module", params=STREAMS)
def path(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def reads(twin: Twin, path: str) -> list[Read]:
    with posted(twin, path, STREAMS[path]) as connection:
        return reads_of(connection)


def test_events_arrive_one_by_one(reads: list[Read]) -> None:
    """Not held back and sent together: in many reads, from early on."""
    started, *_, ended = (read.at for read in reads if b"data:" in read.data)
    in_first_half = sum(read.at < (started + ended) / 2 for read in reads)

    assert len(reads) >= TOKENS / 3
    assert in_first_half >= TOKENS / 10


def test_the_first_event_is_not_waited_for_long(twin: Twin, path: str, reads: list[Read]) -> None:
    """It comes before half of the answer is generated, prompt included."""
    with posted(twin, path, STREAMS[path]) as connection:
        again = reads_of(connection)
    sent = again[0].at  # the head comes with the first event, never before it
    first = next(read.at for read in again if b"data:" in read.data)

    assert first - sent < (again[-1].at - sent) / 2


def test_headers(reads: list[Read]) -> None:
    answer = parse(b"".join(read.data for read in reads))

    assert answer.status_line == "HTTP/1.1 200 OK"
    assert answer.headers["content-type"].split(";")[0] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in answer.headers
    assert "content-encoding" not in answer.headers


def test_chunks_are_whole_events(reads: list[Read]) -> None:
    answer = parse(b"".join(read.data for read in reads))

    assert all(chunk.startswith(b"data: ") for chunk in answer.chunks)
    assert all(chunk.endswith(b"\n\n") for chunk in answer.chunks)


def test_the_end(path: str, reads: list[Read]) -> None:
    *events, last = parse(b"".join(read.data for read in reads)).events

    if path == "/invoke":
        answer = json.loads(last.removeprefix("data: "))
        pieces = [json.loads(event.removeprefix("data: "))["token"]["text"] for event in events]
        assert answer["generated_text"] == "".join(pieces)
        assert answer["details"]["generated_tokens"] == TOKENS
    else:
        assert last == "data: [DONE]"
        assert "data: [DONE]" not in events
        assert all(json.loads(event.removeprefix("data: "))["choices"] for event in events)


def test_a_connection_is_used_again_after_a_stream(twin: Twin) -> None:
    body = STREAMS["/invoke"] | {"parameters": {"max_new_tokens": 2}}
    with posted(twin, "/invoke", body) as connection:
        reads_of(connection)
        connection.sendall(f"GET /health HTTP/1.1\r\nhost: {twin.url[7:]}\r\n\r\n".encode())
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK")


def test_an_early_error_is_no_stream(twin: Twin) -> None:
    """A stream that fails before its first event has a status and a JSON body."""
    body = STREAMS["/v1/chat/completions"] | {
        "messages": [{"role": "user", "content": "word " * 6000}]
    }
    with posted(twin, "/v1/chat/completions", body) as connection:
        raw = b""
        while not raw.endswith(b"}"):
            raw += connection.recv(65_536)

    head, _, content = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in head
    assert json.loads(content)["error"]["code"] == "context_length_exceeded"
