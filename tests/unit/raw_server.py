"""A server that says exactly the bytes it is told to, for tests of HTTP clients."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.unit.serving import PATIENCE_S

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class RawServer:
    """Counts its connections, and knows which are open.

    Attributes:
        url: Where it is.
        connections: Connections so far.
        requests: Heads of the requests so far.
    """

    def __init__(self) -> None:
        self.url = ""
        self.connections = 0
        self.open = 0
        self.requests: list[bytes] = []


@asynccontextmanager
async def raw_server(*answers: bytes, talk: Talk | None = None) -> AsyncIterator[RawServer]:
    """Gives one answer after the other, whatever is asked; then it is silent.

    Args:
        answers: What to write for each request. An empty one closes the connection.
        talk: What to do with a connection instead.
    """
    server = RawServer()
    waiting = list(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            server.requests.append(head)
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            if not waiting:
                await reader.read()
                return
            said = waiting.pop(0)
            if not said:
                return
            writer.write(said)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.open += 1
        try:
            await (talk or answer)(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            server.open -= 1
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        listening.close()
        async with asyncio.timeout(PATIENCE_S):
            while server.open:
                await asyncio.sleep(0.01)
