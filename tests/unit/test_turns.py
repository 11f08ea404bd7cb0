"""Who goes when, on the way from one app to another."""

import asyncio

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slm.local.turns import Turns
from tests.unit.serving import PATIENCE_S

pytestmark = pytest.mark.anyio

START: Message = {"type": "http.response.start", "status": 200, "headers": []}


async def unused_receive() -> Message:
    raise AssertionError("nobody reads")


async def unused_send(message: Message) -> None:
    """Where answers go that no test looks at."""


async def ask(app: ASGIApp, name: str, send: Send = unused_send) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await app({"type": "http", "name": name}, unused_receive, send)


class Way:
    """Two apps with turns between them; between the two lie some steps of the event loop.

    Attributes:
        log: What happened, in order.
        answers: The model answers when this is set.
    """

    def __init__(self) -> None:
        turns = Turns()
        self.log: list[str] = []
        self.answers = asyncio.Event()
        self.model = turns.end(self._model)
        self.gateway = turns.begin(self._gateway)

    async def _gateway(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.log.append(f"{scope['name']} sets out")
        for _ in range(5):
            await asyncio.sleep(0)
        await self.model(scope, receive, send)

    async def _model(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.log.append(f"{scope['name']} arrives")
        await self.answers.wait()
        await send(START)


async def test_the_first_arrives_before_the_next_sets_out() -> None:
    way = Way()
    asked = [asyncio.create_task(ask(way.gateway, name)) for name in "abc"]
    while len(way.log) < 6:
        await asyncio.sleep(0)
    expected = [f"{name} {step}" for name in "abc" for step in ("sets out", "arrives")]
    assert way.log == expected  # and none has its answer yet
    way.answers.set()
    await asyncio.gather(*asked)


async def test_a_request_of_others_does_not_wait_and_holds_up_nobody() -> None:
    way = Way()
    first = asyncio.create_task(ask(way.gateway, "a"))
    await asyncio.sleep(0)
    other = asyncio.create_task(ask(way.model, "other"))
    second = asyncio.create_task(ask(way.gateway, "b"))
    way.answers.set()
    await asyncio.gather(first, other, second)
    third = asyncio.create_task(ask(way.gateway, "c"))
    await third
    assert way.log.index("other arrives") < way.log.index("a arrives")
    assert way.log[-2:] == ["c sets out", "c arrives"]


async def test_who_is_answered_on_the_way_holds_up_nobody_however_slowly_it_reads() -> None:
    reads = asyncio.Event()
    begun = []

    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["name"])
        await send(START)

    async def slow_send(message: Message) -> None:
        await reads.wait()

    app = Turns().begin(refusing)
    slow = asyncio.create_task(ask(app, "slow", slow_send))
    await asyncio.sleep(0)
    await ask(app, "quick")
    assert begun == ["slow", "quick"]
    assert not slow.done()
    reads.set()
    await slow


async def test_a_failure_ends_a_turn() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    app = Turns().begin(failing)
    for name in "ab":
        with pytest.raises(RuntimeError):
            await ask(app, name)


async def test_a_client_that_is_gone_ends_its_turn_or_leaves_the_line() -> None:
    stuck = asyncio.Event()
    begun = []

    async def waiting(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["name"])
        if scope["name"] == "first":
            await stuck.wait()

    app = Turns().begin(waiting)
    first, in_line = (asyncio.create_task(ask(app, name)) for name in ("first", "in line"))
    await asyncio.sleep(0)
    for task in (in_line, first):
        task.cancel()
        await asyncio.wait({task})
    await ask(app, "last")
    assert begun == ["first", "last"]


async def test_the_end_of_an_old_turn_does_not_end_the_next_one() -> None:
    way = Way()
    first = asyncio.create_task(ask(way.gateway, "a"))
    while "a arrives" not in way.log:
        await asyncio.sleep(0)
    second = asyncio.create_task(ask(way.gateway, "b"))
    await asyncio.sleep(0)
    way.answers.set()  # the first ends while the second is on its way
    await first
    third = asyncio.create_task(ask(way.gateway, "c"))
    await asyncio.gather(second, third)
    assert way.log[2:] == ["b sets out", "b arrives", "c sets out", "c arrives"]
