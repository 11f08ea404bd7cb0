"""100 clients that leave in the midst: nothing is left of them."""

import asyncio
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.clients.conftest import LONG_REQUEST
from tests.clients.processes import Holdings, children, holdings
from tests.clients.twin_process import PATIENCE_S, Twin, settled
from tests.clients.wire import request_bytes

CLIENTS: Final = 100
AT_ONCE: Final = 20
"""More than the model has slots: some wait in line and leave as soon as they are served."""

TOKENS_READ: Final = 3


@pytest.mark.anyio
async def test_nothing_is_left_behind(twin: Twin) -> None:
    [model_process] = children(twin.pid)
    processes = {"twin": twin.pid, "model": model_process}
    # Worker threads stay for the next request. Twice as many as can be needed at once, since
    # one that is given up ends a moment after the next one has begun.
    await _crowd(twin, 2 * AT_ONCE, at_once=2 * AT_ONCE)
    await _until_idle(twin)
    before = {name: holdings(pid) for name, pid in processes.items()}

    await _crowd(twin, CLIENTS, at_once=AT_ONCE)

    await _until_idle(twin)
    await asyncio.to_thread(
        settled, lambda: all(_fits(holdings(pid), before[name]) for name, pid in processes.items())
    )
    for name, pid in processes.items():
        assert _fits(holdings(pid), before[name]), (name, before[name], holdings(pid))


def _fits(now: Holdings, before: Holdings) -> bool:
    return now.threads <= before.threads and now.descriptors <= before.descriptors


async def _until_idle(twin: Twin) -> None:
    assert await asyncio.to_thread(settled, lambda: twin.busy_slots() == 0)


async def _crowd(twin: Twin, count: int, *, at_once: int) -> None:
    """So many clients, and how many of them are there at the same time."""
    places = asyncio.Semaphore(at_once)

    async def visit(number: int) -> None:
        async with places, asyncio.timeout(PATIENCE_S * 2):
            await _read_some_and_leave(twin, abruptly=number % 2 == 0)

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(visit(number))


async def _read_some_and_leave(twin: Twin, *, abruptly: bool) -> None:
    """Read three tokens, then close the connection, or reset it."""
    place = urlsplit(twin.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        writer.write(request_bytes(twin, "/v1/chat/completions", LONG_REQUEST | {"stream": True}))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        tokens = 0
        while tokens < TOKENS_READ:
            tokens += b'"content":"' in await reader.readuntil(b"\n\n")
    finally:
        if abruptly:
            writer.transport.abort()
        else:
            writer.close()
