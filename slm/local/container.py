"""The front of the model container: the configured engine's ``/invocations``.

The engine's contract is in ``slm.local.containers``; here are the parts that all engines
share: when a stream's headers go out, how many requests are held, and that work ends when
nobody waits for it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from slm.errors import ModelOverloaded, SlmError
from slm.gateway.http_client import Http
from slm.gateway.sse import DONE, EventSplitter, data_of
from slm.local.containers.contract import JSON, Call, Contract
from slm.local.llama_client import LlamaClient, ModelAddress, with_progress

EVENT_STREAM: Final = "text/event-stream"


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
        http: How it is reached.
    """

    def __init__(
        self, contract: Contract, model: ModelAddress, *, http: Http | None = None
    ) -> None:
        self._contract = contract
        self._llama = LlamaClient(model, http)
        self._in_flight = 0

    @asynccontextmanager
    async def invocations(self, body: bytes) -> AsyncIterator[ContainerAnswer]:
        """Answer ``POST /invocations``; leaving the context early ends the generation."""
        try:
            call = self._contract.read(body)
            self._llama.check_ready()
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
            fields = call.make_body()
            body = msgspec.json.encode(with_progress(fields))
            await self._check_length(fields, len(body))
            async with aclosing(self._llama.stream(call.route, body)) as chunks:
                async for chunk in chunks:
                    yield chunk
        finally:
            self._in_flight -= 1

    async def _check_length(self, fields: Mapping[str, Any], body_bytes: int) -> None:
        """Refuse what the engine would find too long; llama.cpp would just stop early."""
        limits = self._contract.limits
        asked = fields.get("n_predict") or fields.get("max_tokens")
        answer_tokens = asked if isinstance(asked, int) else 0
        if limits is not None and not limits.hold_surely(body_bytes, answer_tokens):
            limits.check(await self._llama.count_prompt_tokens(fields), answer_tokens)

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
