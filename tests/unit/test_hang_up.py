"""What becomes of an app when its client hangs up, or does not."""

import asyncio

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slm.local.hang_up import answer_unless_gone
from tests.unit.serving import PATIENCE_S

pytestmark = pytest.mark.anyio

SCOPE: Scope = {"type": "http"}
START: Message = {"type": "http.response.start", "status": 200, "headers": []}


def part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


class Connection:
    """The server's side: as uvicorn does, it reports a disconnect when the answer is complete."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.closed = asyncio.Event()

    async def receive(self) -> Message:
        await self.closed.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message["more_body"]:
            self.closed.set()


async def run(app: ASGIApp, connection: Connection, body: bytes = b"") -> None:
    """Run the app, and check that no task is left when it is over."""
    before = asyncio.all_tasks()
    try:
        async with asyncio.timeout(PATIENCE_S):
            await answer_unless_gone(app, SCOPE, body, connection.receive, connection.send)
    finally:
        assert asyncio.all_tasks() == before


async def test_the_app_gets_the_body_in_one_message_and_its_answer_goes_out() -> None:
    connection = Connection()
    received = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        received.append(await receive())
        await send(START)
        await send(part(b"hello", more=False))

    await run(app, connection, b"body")
    assert received == [{"type": "http.request", "body": b"body", "more_body": False}]
    assert connection.sent == [START, part(b"hello", more=False)]


async def test_a_hang_up_cancels_the_app_and_waits_for_its_end() -> None:
    connection = Connection()
    log = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        connection.closed.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.05)
            log.append("cleaned up")

    await run(app, connection)
    assert log == ["cleaned up"]


async def test_an_app_that_listens_learns_of_the_hang_up_too() -> None:
    connection = Connection()
    received = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        connection.closed.set()
        try:
            received.append(await receive())
        except asyncio.CancelledError:
            received.append(await receive())

    await run(app, connection)
    assert received == [{"type": "http.disconnect"}]


async def test_work_after_the_answer_is_not_cancelled() -> None:
    connection = Connection()
    log = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(part(b"", more=False))
        await asyncio.sleep(0.05)
        log.append("logged")

    await run(app, connection)
    assert connection.closed.is_set()
    assert log == ["logged"]


async def test_a_client_that_leaves_as_the_last_part_is_sent_disturbs_nothing() -> None:
    log = []

    class Leaving(Connection):
        async def send(self, message: Message) -> None:
            if message == part(b"last", more=False):
                self.closed.set()
                await asyncio.sleep(0.05)
            self.sent.append(message)

    connection = Leaving()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(part(b"last", more=False))
        log.append("ended")

    await run(app, connection)
    assert log == ["ended"]


@pytest.mark.parametrize("answered", [False, True])
async def test_the_apps_exception_comes_through(answered: bool) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if answered:
            await send(START)
            await send(part(b"", more=False))
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        await run(app, Connection())


async def test_an_exception_while_being_cancelled_comes_through() -> None:
    connection = Connection()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        connection.closed.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        await run(app, connection)


async def test_a_server_that_stops_cancels_the_app() -> None:
    connection = Connection()
    log = []
    running = asyncio.Event()
    before = asyncio.all_tasks()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")

    task = asyncio.create_task(
        answer_unless_gone(app, SCOPE, b"", connection.receive, connection.send)
    )
    await running.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["cancelled"]
    assert asyncio.all_tasks() == before
