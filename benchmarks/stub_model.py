"""A model that costs nothing: N tokens, at once or at a set pace, in three protocols.

It speaks OpenAI's chat completions (what the other gateways and the twin's container ask), and
SageMaker's runtime API (what our gateway asks). Answers are the same to the byte below the
framing. Token number ``i`` is the text " i", so that a lost or reordered one shows.

Run as a process of its own: ``python -m benchmarks.stub_model --pace-ms 0``; it prints its URL.
"""

import argparse
import asyncio
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import httptools
import uvloop

from slm.local import event_stream

DEFAULT_TOKENS: Final = 32

_JSON: Final = "application/json"
_SSE: Final = "text/event-stream"


def chunk(**fields: object) -> bytes:
    """One event of a chat stream."""
    common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "stub"}
    return b"data: " + json.dumps(common | fields, separators=(",", ":")).encode() + b"\n\n"


@lru_cache
def events(tokens: int) -> tuple[bytes, ...]:
    """The events of an answer, to ``[DONE]``."""

    def choice(delta: dict[str, str], reason: str | None = None) -> list[dict[str, object]]:
        return [{"index": 0, "delta": delta, "finish_reason": reason}]

    usage = {"prompt_tokens": 5, "completion_tokens": tokens, "total_tokens": tokens + 5}
    return (
        *(chunk(choices=choice({"content": f" {number}"})) for number in range(tokens)),
        chunk(choices=choice({}, "stop")) + chunk(choices=[], usage=usage) + b"data: [DONE]\n\n",
    )


@lru_cache
def messages(tokens: int) -> tuple[bytes, ...]:
    """The same as messages of a SageMaker event stream."""
    return tuple(event_stream.payload_parts(event) for event in events(tokens))


@lru_cache
def whole(tokens: int) -> bytes:
    """The same as one answer."""
    text = "".join(f" {number}" for number in range(tokens))
    choices = [
        {
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
        }
    ]
    usage = {"prompt_tokens": 5, "completion_tokens": tokens, "total_tokens": tokens + 5}
    answer = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "stub"}
    return json.dumps(answer | {"choices": choices, "usage": usage}).encode()


class StubProtocol(asyncio.Protocol):
    """One connection.

    Args:
        pace_s: Seconds before each token; 0 sends all at once.
    """

    def __init__(self, pace_s: float) -> None:
        self._pace_s = pace_s
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._timer: asyncio.TimerHandle | None = None
        self._url = b""
        self._body = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._url = self._body = b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        asked = json.loads(self._body) if self._body else {}
        if self._url == b"/":
            self._answer(_JSON, json.dumps({"EndpointStatus": "InService"}).encode())
            return
        tokens = asked.get("max_tokens") or DEFAULT_TOKENS
        if self._url.endswith(b"/invocations-response-stream"):
            self._stream(event_stream.MEDIA_TYPE, messages(tokens))
        elif asked.get("stream"):
            self._stream(_SSE, events(tokens))
        elif self._pace_s:
            self._timer = self._loop.call_later(
                self._pace_s * tokens, self._answer, _JSON, whole(tokens)
            )
        else:
            self._answer(_JSON, whole(tokens))

    def _answer(self, content_type: str, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}"
        self._transport.write(head.encode() + b"\r\n\r\n" + body)

    def _stream(self, content_type: str, pieces: tuple[bytes, ...]) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked"
        self._transport.write(head.encode() + b"\r\n\r\n")
        if not self._pace_s:
            self._transport.write(b"".join(map(_chunked, pieces)) + b"0\r\n\r\n")
            return
        self._give(iter(pieces), self._loop.time())

    def _give(self, pieces: Iterator[bytes], due: float) -> None:
        """Write the next piece and set the clock for the one after it, whatever came late."""
        piece = next(pieces, None)
        if piece is None:
            self._transport.write(b"0\r\n\r\n")
            return
        due += self._pace_s
        self._timer = self._loop.call_at(due, self._write_one, piece, pieces, due)

    def _write_one(self, piece: bytes, pieces: Iterator[bytes], due: float) -> None:
        self._transport.write(_chunked(piece))
        self._give(pieces, due)


def _chunked(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


async def serve(pace_s: float, port: int) -> None:
    """Serve until cancelled; print the URL first."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: StubProtocol(pace_s), "127.0.0.1", port, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    """The process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pace-ms", type=float, default=0)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    uvloop.run(serve(options.pace_ms / 1000, options.port))


if __name__ == "__main__":
    main()
