"""What the local API Gateway answers below ASGI, on real sockets."""

import asyncio
import json
from contextlib import AsyncExitStack

import pytest
from starlette.types import Receive, Scope, Send

from slm.local.front_protocol import FrontProtocol
from tests.unit.serving import PATIENCE_S, RawClient, connected, serving

pytestmark = pytest.mark.anyio


class ImpatientProtocol(FrontProtocol):
    head_timeout_s = 0.5


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body; ends without an answer when the client is gone."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        if not message["more_body"]:
            break
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def request(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join([*lines, "host: test", "", ""]).encode() + body


GOOD = request("POST / HTTP/1.1", "content-length: 2", body=b"hi")


async def refusal(client: RawClient, status: int) -> str:
    """The message of an answer that ends the connection."""
    head, _, body = (await client.rest()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), head
    headers = dict(line.split(": ") for line in head.decode().split("\r\n")[1:])
    assert headers["content-type"] == "application/json"
    assert headers["connection"] == "close"
    assert int(headers["content-length"]) == len(body)
    parsed = json.loads(body)
    assert parsed["message"] == parsed["error"]["message"]
    return str(parsed["message"])


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n",
        request("POST / HTTP/1.1", "content-length: -5"),
        request("POST / HTTP/1.1", "content-length: 2", "content-length: 3", body=b"abc"),
        request("POST / HTTP/1.1", "transfer-encoding: gzip"),
        request("POST / HTTP/1.1", "transfer-encoding: chunked", body=b"zz\r\n"),
        GOOD + b"\x00\x01\x02\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_a_400_in_our_shape(data: bytes) -> None:
    async with serving(echo) as address:
        async with connected(address) as client:
            await client.send(data)
            if data.startswith(GOOD):
                assert (await client.head()).startswith(b"HTTP/1.1 200 ")
                await client.body(2)
            assert (await refusal(client, 400)).startswith("This is not HTTP/1.1: ")
        await assert_still_works(address)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * 1_000_000,
        b"GET /" + b"a" * 1_000_000,
        b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x-a: b\r\n" * 100_000,
    ],
    ids=["one header", "path", "many headers"],
)
async def test_an_endless_head_is_a_431_that_the_client_gets(data: bytes) -> None:
    async with serving(echo) as address:
        async with connected(address) as client:
            await client.send(data)
            assert "10240 bytes" in await refusal(client, 431)
        await assert_still_works(address)


async def test_a_slow_head_is_a_408() -> None:
    async with serving(echo, ImpatientProtocol) as address:
        async with connected(address) as client:
            await client.send(b"GET / HTTP/1.1\r\nho")
            assert "0.5 s" in await refusal(client, 408)
        await assert_still_works(address)


async def test_a_slow_head_of_a_later_request_is_a_408_too() -> None:
    async with serving(echo, ImpatientProtocol) as address, connected(address) as client:
        await client.send(GOOD)
        await client.head()
        await client.body(2)
        await client.send(b"GET / HT")
        await refusal(client, 408)


async def test_a_client_that_says_nothing_is_hung_up_on() -> None:
    async with serving(echo, ImpatientProtocol) as address, connected(address) as client:
        assert await client.rest() == b""


async def test_a_head_in_time_is_no_reason_to_hurry_the_body() -> None:
    async with serving(echo, ImpatientProtocol) as address, connected(address) as client:
        await client.send(GOOD[:-1])
        await asyncio.sleep(3 * ImpatientProtocol.head_timeout_s)
        await client.send(GOOD[-1:])
        assert (await client.head()).startswith(b"HTTP/1.1 200 ")


async def test_a_broken_body_tells_the_app_that_the_client_is_gone() -> None:
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        told.set_result((await receive())["type"])

    async with serving(app) as address, connected(address) as client:
        await client.send(request("POST / HTTP/1.1", "transfer-encoding: chunked"))
        await asyncio.sleep(0.05)
        await client.send(b"zz\r\n")
        await refusal(client, 400)
        async with asyncio.timeout(PATIENCE_S):
            assert await told == "http.disconnect"


async def test_nothing_is_put_into_an_answer_that_has_begun() -> None:
    begun = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        begun.set()
        while (await receive())["type"] != "http.disconnect":
            pass

    async with serving(app) as address, connected(address) as client:
        await client.send(request("POST / HTTP/1.1", "transfer-encoding: chunked"))
        async with asyncio.timeout(PATIENCE_S):
            await begun.wait()
        await client.send(b"zz\r\n")
        assert (await client.rest()).endswith(b"5\r\nbegun\r\n")


@pytest.mark.parametrize("data", [b"junk\r\n\r\n", GOOD + b"junk\r\n\r\n", b"GET"])
async def test_the_server_stops_whatever_a_client_waits_for(data: bytes) -> None:
    async with AsyncExitStack() as clients:
        async with serving(echo, ImpatientProtocol) as address:
            client = await clients.enter_async_context(connected(address))
            await client.send(data)
            assert (await client.head()).startswith(b"HTTP/1.1 ")
        await client.rest()


async def test_the_body_of_a_request_that_offers_an_upgrade_arrives() -> None:
    data = request(
        "POST / HTTP/1.1", "connection: upgrade", "upgrade: h2c", "content-length: 2", body=b"hi"
    )
    async with serving(echo) as address, connected(address) as client:
        await client.send(data)
        await client.head()
        assert await client.body(2) == b"hi"


async def test_trailers_are_no_headers() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend(name for name, _ in scope["headers"])
        await echo(scope, receive, send)
        seen.extend(name for name, _ in scope["headers"])

    data = request(
        "POST / HTTP/1.1", "transfer-encoding: chunked", body=b"0\r\nx-api-key: k\r\n\r\n"
    )
    async with serving(app) as address, connected(address) as client:
        await client.send(data)
        await client.head()
    assert b"x-api-key" not in seen


async def assert_still_works(address: tuple[str, int]) -> None:
    async with connected(address) as client:
        await client.send(GOOD)
        assert (await client.head()).startswith(b"HTTP/1.1 200 ")
        assert await client.body(2) == b"hi"
