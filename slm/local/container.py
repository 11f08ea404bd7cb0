"""The front of the model container: the configured engine's ``/invocations``.

The engine's contract is in ``slm.local.containers``; here are the parts that all engines
share: when a stream's headers go out, how many requests are held, and that work ends when
nobody waits for it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import httpx
import msgspec

from slm.errors import (
    EndpointUnavailable,
    InvalidRequest,
    ModelFailed,
    ModelOverloaded,
    SlmError,
)
from slm.gateway.sse import DONE, EventSplitter, data_of
from slm.local.containers.contract import JSON, Call, Contract, PromptTooLong

EVENT_STREAM: Final = "text/event-stream"

_CONNECT_TIMEOUT_S: Final = 5
_MAX_CONNECTIONS: Final = 256

_NOT_READY: Final = "The model is not ready."


class ModelAddress(Protocol):
    """Where llama.cpp is; ``slm.local.model_server.ModelServer`` is one.

    Attributes:
        url: Its base URL; None while it cannot answer.
        api_key: Its bearer token.
    """

    @property
    def url(self) -> str | None: ...

    @property
    def api_key(self) -> str: ...


@dataclass(frozen=True)
class ContainerAnswer:
    """What the container answers.

    Attributes:
        status: HTTP status.
        content_type: Media type.
        chunks: The body as it comes. Raises SlmError where the connection would break.
    """

    status: int
    content_type: str
    chunks: AsyncIterator[bytes]


class Container:
    """One container, on one model.

    Args:
        contract: Whose place it takes.
        model: Where llama.cpp is.
        transport: How it is reached; for tests.
    """

    def __init__(
        self,
        contract: Contract,
        model: ModelAddress,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._contract = contract
        self._model = model
        self._in_flight = 0
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(None, connect=_CONNECT_TIMEOUT_S),
            # A connection that is kept holds one of llama.cpp's threads, and it may close it at
            # the moment we use it again. A new one costs nothing on loopback.
            limits=httpx.Limits(max_connections=_MAX_CONNECTIONS, max_keepalive_connections=0),
            trust_env=False,  # a proxy must not see what stays on this machine
        )

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    @asynccontextmanager
    async def invocations(self, body: bytes) -> AsyncIterator[ContainerAnswer]:
        """Answer ``POST /invocations``; leaving the context early ends the generation."""
        try:
            call = self._contract.read(body)
            if self._model.url is None:
                raise EndpointUnavailable(_NOT_READY)
        except SlmError as error:
            yield self._refused(error)
            return
        async with aclosing(self._ask(call)) as chunks:
            if call.stream:
                async with self._streamed(call, chunks) as answer:
                    yield answer
            else:
                yield await self._whole(call, chunks)

    async def _whole(self, call: Call, chunks: AsyncIterator[bytes]) -> ContainerAnswer:
        splitter = EventSplitter()
        events: list[dict[str, Any]] = []
        try:
            async for chunk in chunks:
                for event in splitter.feed(chunk):
                    data = data_of(event)
                    if data and data != DONE:
                        events.append(msgspec.json.decode(data))
        except SlmError as error:
            return self._refused(error)
        return ContainerAnswer(200, JSON, _one(msgspec.json.encode(call.form.whole(events))))

    @asynccontextmanager
    async def _streamed(
        self, call: Call, chunks: AsyncGenerator[bytes]
    ) -> AsyncIterator[ContainerAnswer]:
        first = asyncio.ensure_future(anext(chunks, b""))
        try:
            if self._contract.headers_after_s != 0:
                await asyncio.wait({first}, timeout=self._contract.headers_after_s)
            if first.done() and isinstance(error := first.exception(), SlmError):
                yield self._refused(error)
            else:
                yield ContainerAnswer(200, EVENT_STREAM, self._relay(call, first, chunks))
        finally:
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)

    async def _relay(
        self, call: Call, first: asyncio.Future[bytes], chunks: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        try:
            async for chunk in call.form.stream(_chain(first, chunks)):
                yield chunk
        except SlmError as error:
            yield self._contract.error_event(error, call)

    async def _ask(self, call: Call) -> AsyncGenerator[bytes]:
        """llama.cpp's stream.

        Raises:
            SlmError: The request is refused, here or there, or the connection broke.
        """
        limit = self._contract.max_concurrent_requests
        if limit is not None and self._in_flight >= limit:
            raise ModelOverloaded(f"{limit} requests are held already")
        self._in_flight += 1
        try:
            request = self._client.stream(
                "POST",
                f"{self._model.url}{call.route}",
                content=msgspec.json.encode(call.make_body()),
                headers={
                    "authorization": f"Bearer {self._model.api_key}",
                    "content-type": JSON,
                },
            )
            async with request as response:
                if response.status_code != 200:
                    raise _refused_by_llama(response.status_code, await response.aread())
                async for chunk in response.aiter_raw():
                    yield chunk
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise EndpointUnavailable(_NOT_READY) from None
        except httpx.TransportError:
            raise ModelFailed("the model process broke off") from None
        finally:
            self._in_flight -= 1

    def _refused(self, error: SlmError) -> ContainerAnswer:
        refusal = self._contract.refusal(error)
        return ContainerAnswer(refusal.status, refusal.content_type, _one(refusal.body))


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _chain(first: asyncio.Future[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if chunk := await first:
        yield chunk
    async for chunk in rest:
        yield chunk


def _refused_by_llama(status: int, body: bytes) -> SlmError:
    """The failure that an error answer of llama.cpp stands for."""
    try:
        fields = msgspec.json.decode(body)["error"]
        kind, message = str(fields["type"]), str(fields["message"])
    except (msgspec.MsgspecError, UnicodeDecodeError, LookupError, TypeError):
        return ModelFailed(f"llama.cpp answered {status}")
    if kind == "exceed_context_size_error":
        return PromptTooLong(fields.get("n_prompt_tokens", 0), fields.get("n_ctx", 0))
    if status == 503:
        return EndpointUnavailable(message)
    return InvalidRequest(message) if status < 500 else ModelFailed(message)
