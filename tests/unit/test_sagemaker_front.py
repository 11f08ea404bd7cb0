"""Bodies that do not come, and messages that are no requests."""

import asyncio
import json

import pytest
from starlette.types import Message, Receive, Scope, Send

from slm.local.sagemaker_front import Buffered, RequestId, SignedOnly
from tests.unit.serving import PATIENCE_S

pytestmark = pytest.mark.anyio

SCOPE: Scope = {"type": "http", "headers": []}


class App:
    """Keeps the types of what reaches it."""

    def __init__(self) -> None:
        self.reached: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached.append(scope["type"])


async def run(app: Buffered, receive: Receive, scope: Scope = SCOPE) -> list[Message]:
    """What is sent."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async with asyncio.timeout(PATIENCE_S):
        await app(scope, receive, send)
    return sent


async def test_a_body_that_does_not_come_is_a_timeout() -> None:
    gone = asyncio.Event()
    app = App()

    async def receive() -> Message:
        await gone.wait()
        return {"type": "http.disconnect"}

    asyncio.get_running_loop().call_later(0.2, gone.set)
    start, body = await run(Buffered(app, timeout_s=0.05), receive)
    assert start["status"] == 408
    assert json.loads(body["body"])["__type"] == "RequestTimeoutException"
    assert not app.reached


async def test_a_caller_that_leaves_before_its_body_is_complete_gets_nothing() -> None:
    app = App()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    assert await run(Buffered(app), receive) == []
    assert not app.reached


async def test_what_is_no_request_passes_through() -> None:
    app = App()

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        pass

    await RequestId(SignedOnly(Buffered(app)))({"type": "lifespan"}, receive, send)
    assert app.reached == ["lifespan"]
