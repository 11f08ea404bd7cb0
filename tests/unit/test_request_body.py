"""A body is read within its limits; the client is a list of ASGI messages."""

import asyncio
from collections.abc import Iterable

import pytest
from starlette.types import Message, Receive

from slm.errors import PayloadTooLarge, RequestTimeout
from slm.local.request_body import ClientGone, discard, read_chunks

pytestmark = pytest.mark.anyio

GONE: Message = {"type": "http.disconnect"}


def chunk(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


class Client:
    """Sends ``messages``, then nothing more."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._messages = list(messages)
        self.received = 0

    async def receive(self) -> Message:
        if self.received == len(self._messages):
            await asyncio.Event().wait()
        self.received += 1
        return self._messages[self.received - 1]


async def read(
    receive: Receive, headers: list[tuple[bytes, bytes]] | None = None, timeout_s: float = 20
) -> bytes:
    chunks = read_chunks(headers or [], receive, max_bytes=10, timeout_s=timeout_s)
    return b"".join([part async for part in chunks])


async def test_a_body_in_pieces_is_read_to_its_end() -> None:
    client = Client([chunk(b"abc"), chunk(b""), chunk(b"defghij", more=False), GONE])
    assert await read(client.receive) == b"abcdefghij"
    assert client.received == 3


async def test_a_message_without_fields_is_an_empty_body() -> None:
    assert await read(Client([{"type": "http.request"}]).receive) == b""


async def test_a_length_over_the_limit_is_refused_before_anything_is_read() -> None:
    client = Client([chunk(b"a", more=False)])
    with pytest.raises(PayloadTooLarge):
        await read(client.receive, [(b"content-length", b"11")])
    assert client.received == 0


@pytest.mark.parametrize("length", [b"10", b"", b"-1", b"ten", b"1e9"])
async def test_other_lengths_do_not_matter(length: bytes) -> None:
    client = Client([chunk(b"0123456789", more=False)])
    assert await read(client.receive, [(b"content-length", length)]) == b"0123456789"


async def test_a_body_without_a_length_is_cut_off_where_it_passes_the_limit() -> None:
    client = Client([chunk(b"0123"), chunk(b"4567"), chunk(b"89a"), chunk(b"never")])
    with pytest.raises(PayloadTooLarge):
        await read(client.receive)
    assert client.received == 3


async def test_a_slow_body_ends_by_time() -> None:
    with pytest.raises(RequestTimeout, match=r"within 0\.01 s"):
        await read(Client([chunk(b"a")]).receive, timeout_s=0.01)


async def test_the_time_is_for_the_whole_body_not_for_each_piece() -> None:
    async def trickle() -> Message:
        await asyncio.sleep(0.01)
        return chunk(b"")

    async with asyncio.timeout(10):
        with pytest.raises(RequestTimeout):
            await read(trickle, timeout_s=1)


async def test_a_hang_up_ends_the_reading() -> None:
    with pytest.raises(ClientGone):
        await read(Client([chunk(b"a"), GONE]).receive)


@pytest.mark.parametrize("last", [GONE, chunk(b"", more=False)])
async def test_discarding_ends_with_the_body_or_the_client(last: Message) -> None:
    client = Client([chunk(b"a" * 100), chunk(b"b" * 100), last, chunk(b"never")])
    await discard(client.receive, timeout_s=20)
    assert client.received == 3


async def test_discarding_ends_by_time() -> None:
    await discard(Client([chunk(b"a")]).receive, timeout_s=0.01)
