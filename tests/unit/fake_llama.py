"""llama.cpp without a model: says what it is told to, and knows who still listens."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from slm.engines import ModelSpec

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


@dataclass
class FakeLlama(httpx.AsyncBaseTransport):
    """Gives ``parts`` for every request; every word is a token.

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
    requests: list[httpx.Request] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    open: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    url: str | None = "http://llama"
    api_key: str = "secret"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The requests' bodies."""
        return [json.loads(request.content) for request in self.requests]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path in {"/apply-template", "/tokenize"}:
            return self._count(request.url.path, json.loads(request.content))
        self.requests.append(request)
        self.open += 1
        self.reached.set()
        try:
            await asyncio.sleep(self.delay_s)
            if isinstance(self.status, Exception):
                raise self.status
        except BaseException:
            self.open -= 1
            raise
        return httpx.Response(self.status, stream=_Stream(self))

    def _count(self, path: str, body: dict[str, Any]) -> httpx.Response:
        if path == "/apply-template":
            return httpx.Response(200, json={"prompt": body["messages"][0]["content"]})
        self.counted.append(body["content"])
        return httpx.Response(200, json={"tokens": body["content"].split()})


class _Stream(httpx.AsyncByteStream):
    def __init__(self, llama: FakeLlama) -> None:
        self._llama = llama

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._llama.parts:
            match part:
                case Exception():
                    raise part
                case str():
                    await asyncio.Event().wait()
                case _:
                    yield part

    async def aclose(self) -> None:
        self._llama.open -= 1
