"""What is on the wire while an answer streams."""

import json
from typing import Any, Final

import pytest

from tests.clients.twin_process import Twin, settled
from tests.clients.wire import Answer, parse, posted, read_some, read_whole

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


LONG: Final = 3000
"""Tokens that the model is at work for long after the first ones have come."""

STORY: Final = "Write a long story about a ship."

LONG_STREAMS: Final[dict[str, dict[str, Any]]] = {
    "/v1/chat/completions": {
        "messages": [{"role": "user", "content": STORY}],
        "max_tokens": LONG,
        "temperature": 0,
        "stream": True,
    },
    "/v1/completions": {
        "prompt": "1, 2, 3, 4,",
        "max_tokens": LONG,
        "temperature": 0,
        "stream": True,
    },
    "/invoke": {
        "prompt": STORY,
        "parameters": {"max_new_tokens": LONG, "temperature": 0},
        "stream": True,
    },
}


@pytest.fixture(scope="module", params=STREAMS)
def path(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def answer(twin: Twin, path: str) -> Answer:
    with posted(twin, path, STREAMS[path]) as connection:
        return parse(read_whole(connection))


def test_events_arrive_while_the_model_is_at_work(twin: Twin, path: str) -> None:
    """Not held back and sent together."""
    assert settled(lambda: twin.busy_slots() == 0)
    with posted(twin, path, LONG_STREAMS[path]) as connection:
        received = b""
        while received.count(b"data: ") < 10:
            received += read_some(connection)
        assert twin.busy_slots() == 1
    assert settled(lambda: twin.busy_slots() == 0)


def test_headers(answer: Answer) -> None:
    assert answer.status_line == "HTTP/1.1 200 OK"
    assert answer.headers["content-type"].split(";")[0] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert "content-length" not in answer.headers
    assert "content-encoding" not in answer.headers


def test_chunks_are_whole_events(answer: Answer) -> None:
    assert all(chunk.startswith(b"data: ") for chunk in answer.chunks)
    assert all(chunk.endswith(b"\n\n") for chunk in answer.chunks)


def test_the_end(path: str, answer: Answer) -> None:
    *events, last = answer.events

    if path == "/invoke":
        whole = json.loads(last.removeprefix("data: "))
        pieces = [json.loads(event.removeprefix("data: "))["token"]["text"] for event in events]
        assert whole["generated_text"] == "".join(pieces)
        assert whole["details"]["generated_tokens"] == TOKENS
    else:
        assert last == "data: [DONE]"
        assert "data: [DONE]" not in events
        assert all(json.loads(event.removeprefix("data: "))["choices"] for event in events)


def test_a_connection_is_used_again_after_a_stream(twin: Twin) -> None:
    body = STREAMS["/invoke"] | {"parameters": {"max_new_tokens": 2}}
    with posted(twin, "/invoke", body) as connection:
        read_whole(connection)
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
            raw += read_some(connection)

    head, _, content = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in head
    assert json.loads(content)["error"]["code"] == "context_length_exceeded"
