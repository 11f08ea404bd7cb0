"""The small HTTP client, on real sockets."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from slm.gateway.http_client import HttpClient, Origin
from slm.gateway.http_connection import (
    MAX_BUFFERED_BYTES,
    ConnectFailed,
    ConnectionBroken,
    ReadTimedOut,
)
from tests.unit.raw_server import RawServer, raw_server
from tests.unit.serving import PATIENCE_S

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: value\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
REFUSED = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nno"


@asynccontextmanager
async def client(
    *, read_timeout_s: float = PATIENCE_S, max_idle_s: float = PATIENCE_S
) -> AsyncIterator[HttpClient]:
    made = HttpClient(
        connect_timeout_s=PATIENCE_S, read_timeout_s=read_timeout_s, max_idle_s=max_idle_s
    )
    try:
        yield made
    finally:
        made.close()


async def ask(http: HttpClient, server: RawServer, body: bytes = b"{}") -> tuple[int, bytes]:
    """Status and body of an answer."""
    origin = Origin.of(server.url)
    async with (
        asyncio.timeout(PATIENCE_S),
        http.request(origin, "POST", "/path", {"x-key": "k"}, body) as answer,
    ):
        content = b""
        while piece := await answer.read():
            content += piece
        return answer.status, content


async def settle(server: RawServer, count: int) -> None:
    """Wait until so many connections are open."""
    async with asyncio.timeout(PATIENCE_S):
        while server.open != count:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("url", "origin", "authority"),
    [
        ("http://host", Origin("http", "host", 80), "host"),
        ("https://host/", Origin("https", "host", 443), "host"),
        ("https://host:8443/base/", Origin("https", "host", 8443, "/base"), "host:8443"),
        ("http://[::1]:80", Origin("http", "::1", 80), "[::1]"),
    ],
)
def test_origins(url: str, origin: Origin, authority: str) -> None:
    assert Origin.of(url) == origin
    assert origin.authority == authority


@pytest.mark.parametrize("url", ["", "host", "ftp://host", "http://"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="no http"):
        Origin.of(url)


async def test_a_request_and_its_answer() -> None:
    async with raw_server(OK) as server, client() as http:
        origin = Origin.of(f"{server.url}/base")
        async with http.request(origin, "POST", "/path", {"x-key": "k"}, b"{}") as answer:
            assert (answer.status, answer.headers["x-name"]) == (200, "value")
            assert await answer.read() == b"ok"
            assert await answer.read() == b""
        assert server.requests[0].startswith(b"POST /base/path HTTP/1.1\r\nhost: 127.0.0.1:")
        assert b"\r\nx-key: k\r\n" in server.requests[0]


async def test_connections_are_used_again() -> None:
    async with raw_server(OK, CHUNKED + b"1\r\na\r\n0\r\n\r\n", OK) as server, client() as http:
        assert await ask(http, server) == (200, b"ok")
        assert await ask(http, server) == (200, b"a")
        assert await ask(http, server) == (200, b"ok")
        assert server.connections == 1


async def test_connections_are_not_kept_if_that_is_not_wanted() -> None:
    async with raw_server(OK, OK) as server, client(max_idle_s=0) as http:
        assert await ask(http, server) == await ask(http, server) == (200, b"ok")
        assert server.connections == 2


async def test_old_connections_are_not_used_again() -> None:
    async with raw_server(OK, OK) as server, client(max_idle_s=0.01) as http:
        await ask(http, server)
        await asyncio.sleep(0.05)
        await ask(http, server)
        assert server.connections == 2


async def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    async with raw_server(OK, b"", OK) as server, client() as http:
        await ask(http, server)
        with pytest.raises(ConnectionBroken):
            await ask(http, server)
        assert await ask(http, server) == (200, b"ok")


async def test_what_comes_on_an_idle_connection_is_its_end() -> None:
    """Even when the event loop has not read it yet, as in a process that was frozen."""
    async with raw_server(OK + b"stray", OK) as server, client() as http:
        assert await ask(http, server) == (200, b"ok")
        assert await ask(http, server) == (200, b"ok")
        assert server.connections == 2


async def test_a_server_that_says_close_is_believed() -> None:
    closing = OK.replace(b"X-Name: value", b"connection: close")
    async with raw_server(closing, OK) as server, client() as http:
        await ask(http, server)
        await ask(http, server)
        assert server.connections == 2


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")

    async with raw_server(talk=talk) as server, client() as http:
        assert await ask(http, server) == (200, b"all of it")


async def test_an_interim_answer_is_passed_over() -> None:
    async with raw_server(b"HTTP/1.1 100 Continue\r\n\r\n" + OK) as server, client() as http:
        assert await ask(http, server) == (200, b"ok")


async def test_pieces_that_came_together_are_read_together() -> None:
    pieces = b"".join(b"1\r\n%d\r\n" % number for number in range(9))
    async with (
        raw_server(CHUNKED + pieces + b"0\r\n\r\n") as server,
        client() as http,
        http.request(Origin.of(server.url), "POST", "/", {}, b"") as answer,
    ):
        assert await answer.read() == b"012345678"


async def test_a_large_body_arrives() -> None:
    async with raw_server(OK) as server, client() as http:
        assert await ask(http, server, b"x" * 5_000_000) == (200, b"ok")


async def test_a_slow_reader_stops_the_sender() -> None:
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x" * 100_000)
            await writer.drain()
            sent += 100_000

    async with raw_server(talk=talk) as server, client() as http:
        async with http.request(Origin.of(server.url), "POST", "/", {}, b"{}") as answer:
            before = -1
            while before != sent:  # until the sender waits
                before = sent
                await asyncio.sleep(0.2)
            assert sent < 50_000_000
            first = await answer.read()
            assert len(first) <= 4 * MAX_BUFFERED_BYTES
            received = len(first)
            async with asyncio.timeout(PATIENCE_S):
                while piece := await answer.read():
                    received += len(piece)
        assert received == 100_000_000


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        CHUNKED + b"zz\r\n",
    ],
)
async def test_an_answer_that_breaks_off_is_an_error(said: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(said)

    async with raw_server(talk=talk) as server, client() as http:
        with pytest.raises(ConnectionBroken):
            await ask(http, server)


async def test_what_came_before_the_break_is_read_first() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(CHUNKED + b"5\r\nfirst\r\n")

    async with (
        raw_server(talk=talk) as server,
        client() as http,
        http.request(Origin.of(server.url), "POST", "/", {}, b"{}") as answer,
    ):
        assert await answer.read() == b"first"
        with pytest.raises(ConnectionBroken):
            await answer.read()


async def test_silence_is_bounded() -> None:
    async with raw_server() as server, client(read_timeout_s=0.05) as http:
        with pytest.raises(ReadTimedOut):
            await ask(http, server)
        await settle(server, 0)


async def test_a_slow_answer_is_not_silence() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n")
        for _ in range(20):
            await asyncio.sleep(0.1)
            writer.write(b"x")

    async with raw_server(talk=talk) as server, client(read_timeout_s=1.5) as http:
        assert await ask(http, server) == (200, b"x" * 20)


async def test_nobody_listens() -> None:
    async with raw_server() as server:
        pass
    async with client() as http:
        with pytest.raises(ConnectFailed):
            await ask(http, server)


async def test_leaving_early_hangs_up() -> None:
    async with raw_server(CHUNKED + b"1\r\na\r\n") as server, client() as http:
        async with http.request(Origin.of(server.url), "POST", "/", {}, b"") as answer:
            assert await answer.read() == b"a"
        await settle(server, 0)


@pytest.mark.parametrize("said", [(), (CHUNKED + b"1\r\na\r\n",)])
async def test_cancelling_hangs_up(said: tuple[bytes, ...]) -> None:
    async with raw_server(*said) as server, client() as http:
        asking = asyncio.create_task(ask(http, server))
        await settle(server, 1)
        await asyncio.sleep(0.05)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await settle(server, 0)


async def test_a_refusal_is_an_answer() -> None:
    async with raw_server(REFUSED) as server, client() as http:
        assert await ask(http, server) == (400, b"no")


async def test_tls_is_set_up_once() -> None:
    made = 0

    def tls() -> ssl.SSLContext:
        nonlocal made
        made += 1
        return ssl.create_default_context()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"this is no TLS\r\n")

    http = HttpClient(connect_timeout_s=PATIENCE_S, read_timeout_s=PATIENCE_S, tls=tls)
    async with raw_server(talk=talk) as server:
        server.url = server.url.replace("http:", "https:")
        for _ in range(2):
            with pytest.raises(ConnectFailed):
                await ask(http, server)
    assert made == 1
