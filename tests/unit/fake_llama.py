"""llama.cpp without a model: says what it is told to, and knows who still listens."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from slm.engines import ModelSpec
from slm.gateway.http_client import HttpAnswer, Origin

HELLO = (
    b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":null},'
    b'"finish_reason":null}],"id":"chatcmpl-1","created":1,"model":"m"}\n\n',
    b'data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
    b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}\n\n',
    b"data: [DONE]\n\n",
)

SPEC = ModelSpec(
    hf_model_id="owner/repo",
    served_model_name="served",
    quantize="",
    gguf_file="",
    max_input_tokens=3584,
    max_total_tokens=4096,
)
"""What a container is told; its limits let every short request pass uncounted."""

FOREVER = "forever"
"""A part that never comes."""

Part = bytes | Exception | str


def event(**fields: Any) -> bytes:
    """One event of a stream."""
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def refusal(status: int, message: str, kind: str, **more: Any) -> "FakeLlama":
    """A server that answers with an error in llama.cpp's form."""
    error = {"code": status, "message": message, "type": kind} | more
    return FakeLlama([json.dumps({"error": error}).encode()], status=status)


@dataclass(frozen=True)
class Request:
    """What was asked of the server."""

    url: str
    headers: Mapping[str, str]
    content: bytes


@dataclass
class FakeLlama:
    """Gives ``parts`` for every request; every word is a token. An ``Http`` and its address.

    Attributes:
        parts: Bytes to give, an exception to raise, or FOREVER.
        status: HTTP status; an exception is raised in place of an answer.
        delay_s: Pause before the status.
        requests: What was to be answered.
        counted: Texts whose tokens were counted.
        open: Streams that someone still listens to.
        reached: Set when a request came.
        url: Where it says it is; None when it is not ready.
    """

    parts: Iterable[Part] = HELLO
    status: int | Exception = 200
    delay_s: float = 0
    requests: list[Request] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    open: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    url: str | None = "http://llama"
    api_key: str = "secret"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The requests' bodies."""
        return [json.loads(request.content) for request in self.requests]

    @asynccontextmanager
    async def request(
        self, origin: Origin, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[HttpAnswer]:
        if target in {"/apply-template", "/tokenize"}:
            yield _Answer(200, [self._count(target, json.loads(body))])
            return
        self.requests.append(Request(f"{origin.scheme}://{origin.host}{target}", headers, body))
        self.open += 1
        self.reached.set()
        try:
            await asyncio.sleep(self.delay_s)
            if isinstance(self.status, Exception):
                raise self.status
            yield _Answer(self.status, self.parts)
        finally:
            self.open -= 1

    def close(self) -> None:
        """There are no connections."""

    def _count(self, path: str, body: dict[str, Any]) -> bytes:
        if path == "/apply-template":
            return json.dumps({"prompt": body["messages"][0]["content"]}).encode()
        self.counted.append(body["content"])
        return json.dumps({"tokens": body["content"].split()}).encode()


class _Answer:
    def __init__(self, status: int, parts: Iterable[Part]) -> None:
        self.status = status
        self.headers: dict[str, str] = {}
        self._parts: Iterator[Part] = iter(parts)

    async def read(self) -> bytes:
        match next(self._parts, b""):
            case Exception() as error:
                raise error
            case str():
                await asyncio.Event().wait()
                raise AssertionError
            case bytes() as part:
                return part
