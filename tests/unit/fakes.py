"""A model that says what it is told to: the ``Backend`` protocol without SageMaker."""

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
from starlette.types import ASGIApp

from slm.gateway.app import create_app
from slm.gateway.backend import EndpointStatus
from slm.gateway.config import GatewayConfig
from slm.gateway.sse import DONE, encode

CONFIG = GatewayConfig(
    endpoint_name="test-endpoint",
    engine="tgi",
    served_model_name="my-model",
    hf_model_id="owner/repo",
    weights="weights.gguf",
    max_total_tokens=4096,
)


def chunk(text: str | None = None, *, finish: str | None = None, **more: Any) -> bytes:
    """One event of a chat stream, as engines send it."""
    delta = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    }
    return encode(json.dumps(body | more).encode())


def usage(prompt: int, completion: int) -> bytes:
    """The event that ends a stream with its token counts."""
    counts = {"prompt_tokens": prompt, "completion_tokens": completion}
    counts["total_tokens"] = prompt + completion
    return chunk(choices=[], usage=counts)


HELLO = [
    chunk(""),
    chunk("Hello"),
    chunk(" world"),
    chunk(finish="stop"),
    usage(7, 2),
    encode(DONE),
]


IN_SERVICE = EndpointStatus("InService")


class FakeBackend:
    """Gives ``parts`` for each request and keeps the bodies it was sent.

    Args:
        parts: Bytes to give, or an exception to raise at that place.
        delay_s: Pause before each part.
        status: What ``endpoint_status`` says.
    """

    def __init__(
        self,
        parts: Iterable[bytes | Exception] = HELLO,
        *,
        delay_s: float = 0,
        status: EndpointStatus = IN_SERVICE,
    ) -> None:
        self._parts = list(parts)
        self._delay_s = delay_s
        self._status = status
        self.bodies: list[dict[str, Any]] = []
        self.open = 0

    @asynccontextmanager
    async def stream(self, body: bytes) -> AsyncIterator[AsyncIterator[bytes]]:
        self.bodies.append(json.loads(body))
        self.open += 1
        try:
            yield self._give()
        finally:
            self.open -= 1

    async def _give(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            await anyio.sleep(self._delay_s)
            if isinstance(part, Exception):
                raise part
            yield part

    async def endpoint_status(self) -> EndpointStatus:
        return self._status


def client(app: ASGIApp) -> httpx.AsyncClient:
    """A client of the app, without a socket."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


def gateway(backend: FakeBackend, **config: Any) -> httpx.AsyncClient:
    """A client of a gateway in front of ``backend``."""
    values = {name: getattr(CONFIG, name) for name in CONFIG.__dataclass_fields__} | config
    return client(create_app(GatewayConfig(**values), backend))


def events(body: str) -> list[Any]:
    """What the ``data:`` lines of a stream hold."""
    lines = [line[6:] for line in body.split("\n") if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]
