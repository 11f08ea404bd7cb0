"""When a streamed answer starts, what fills its silence, and how it ends."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from starlette.types import Message

from slm.errors import ModelFailed
from slm.gateway.request_log import RequestRecord
from slm.gateway.sse import KEEP_ALIVE
from slm.gateway.streaming import EventStreamResponse

pytestmark = pytest.mark.anyio


class Wire:
    """Keeps what the response sends; ``begun`` is set by the first part of the body."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.record = RequestRecord("", "", "POST", "/invoke")
        self.scope: dict[str, Any] = {"type": "http", "slm.record": self.record}
        self.begun = asyncio.Event()

    async def send(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.body":
            self.begun.set()

    async def receive(self) -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    @property
    def body(self) -> list[bytes]:
        return [m["body"] for m in self.messages if m["type"] == "http.response.body"]

    async def run(self, events: AsyncGenerator[list[bytes], None], **limits: float) -> None:
        await EventStreamResponse(events, **limits)(self.scope, self.receive, self.send)


async def test_events_that_came_together_are_sent_together() -> None:
    async def events() -> AsyncGenerator[list[bytes], None]:
        yield [b"data: 1\n\n"]
        yield [b"data: 2\n\n", b"data: 3\n\n"]

    wire = Wire()
    await wire.run(events())
    assert wire.messages[0]["status"] == 200
    assert wire.body == [b"data: 1\n\n", b"data: 2\n\ndata: 3\n\n", b""]
    assert wire.messages[-1]["more_body"] is False


async def test_silence_is_filled_with_comments() -> None:
    wire = Wire()

    async def events() -> AsyncGenerator[list[bytes], None]:
        await wire.begun.wait()
        yield [b"data: 1\n\n"]

    await wire.run(events(), keep_alive_s=0.05)
    assert wire.body[0] == KEEP_ALIVE
    assert wire.body[-2:] == [b"data: 1\n\n", b""]


async def test_error_before_anything_was_sent_is_raised() -> None:
    async def events() -> AsyncGenerator[list[bytes], None]:
        raise ModelFailed("gone")
        yield []

    wire = Wire()
    with pytest.raises(ModelFailed):
        await wire.run(events())
    assert wire.messages == []


async def test_error_after_a_comment_is_an_event() -> None:
    wire = Wire()

    async def events() -> AsyncGenerator[list[bytes], None]:
        await wire.begun.wait()
        raise ModelFailed("gone")
        yield []

    await wire.run(events(), keep_alive_s=0.05)
    assert wire.messages[0]["status"] == 200
    assert b'"code":"model_failed"' in wire.body[-2]
    assert wire.record.error == "model_failed"


async def test_time_limit_ends_the_generation_and_says_so() -> None:
    closed = asyncio.Event()

    async def events() -> AsyncGenerator[list[bytes], None]:
        try:
            yield [b"data: 1\n\n"]
            await asyncio.sleep(60)
        finally:
            closed.set()

    wire = Wire()
    await wire.run(events(), timeout_s=1)
    assert b"model_timeout" in wire.body[-2]
    assert closed.is_set()


async def test_a_fault_of_ours_in_the_midst_is_an_event_without_details() -> None:
    async def events() -> AsyncGenerator[list[bytes], None]:
        yield [b"data: 1\n\n"]
        raise ZeroDivisionError("secret")

    wire = Wire()
    await wire.run(events())
    assert b"internal_error" in wire.body[-2]
    assert b"secret" not in b"".join(wire.body)


async def test_cancelling_closes_the_events() -> None:
    closed = asyncio.Event()

    async def events() -> AsyncGenerator[list[bytes], None]:
        try:
            yield [b"data: 1\n\n"]
            await asyncio.sleep(60)
        finally:
            closed.set()

    wire = Wire()
    task = asyncio.create_task(wire.run(events()))
    await wire.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed.is_set()
