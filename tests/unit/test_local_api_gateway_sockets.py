"""Bodies and hang-ups at the local API Gateway, on real sockets."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from slm.gateway_responses import GATEWAY_RESPONSES, body_text
from slm.limits import API_GATEWAY_MAX_BODY_BYTES
from tests.unit.serving import PATIENCE_S, RawClient, connected, serving
from tests.unit.staging import SETTINGS, Stage, assert_refused

pytestmark = pytest.mark.anyio


def head(stage: Stage, *headers: str, path: str = "/invoke", key: str | None = None) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "host: test", f"x-api-key: {key or stage.key}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


async def assert_answer(client: RawClient, status: int, response_type: str | None = None) -> bytes:
    """Read one answer that is not chunked."""
    answer_head = await client.head()
    assert answer_head.startswith(b"HTTP/1.1 %d " % status), answer_head
    (length,) = (
        int(line.split(b":")[1])
        for line in answer_head.split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    body = await client.body(length)
    if response_type:
        assert body.decode() == body_text(GATEWAY_RESPONSES[response_type])
    return answer_head


async def test_a_body_over_api_gateways_limit_is_refused_before_it_is_sent() -> None:
    stage = Stage()
    async with serving(stage.gateway) as address, connected(address) as client:
        await client.send(head(stage, "content-length: 11000000", "expect: 100-continue"))
        answer_head = await assert_answer(client, 413, "REQUEST_TOO_LARGE")
        assert b"connection: close" in answer_head
    assert not stage.recording.reached


async def test_a_client_that_sends_such_a_body_anyway_gets_the_answer() -> None:
    stage = Stage()
    async with serving(stage.gateway) as (host, port), httpx.AsyncClient() as client:
        answer = await client.post(
            f"http://{host}:{port}/invoke",
            headers={"x-api-key": stage.key},
            content=b"x" * 11_000_000,
            timeout=PATIENCE_S,
        )
        assert answer.status_code == 413
        assert answer.headers["x-amzn-errortype"] == "RequestTooLargeException"
        assert_refused(answer, "REQUEST_TOO_LARGE")
        good = await client.post(
            f"http://{host}:{port}/invoke", headers={"x-api-key": stage.key}, content=b"x"
        )
        assert good.status_code == 200


async def test_a_chunked_body_is_cut_off_at_the_limit() -> None:
    stage = Stage()
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    async def pour(client: RawClient) -> None:
        while True:  # a client that never ends
            await client.send(piece)

    async with serving(stage.gateway) as address, connected(address) as client:
        await client.send(head(stage, "transfer-encoding: chunked"))
        pouring = asyncio.create_task(pour(client))
        await assert_answer(client, 413, "REQUEST_TOO_LARGE")
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)
    assert not stage.recording.reached


async def test_the_largest_body_reaches_the_app_whole() -> None:
    stage = Stage()
    body = bytes(range(256)) * (API_GATEWAY_MAX_BODY_BYTES // 256)
    async with serving(stage.gateway) as address, connected(address) as client:
        await client.send(head(stage, f"content-length: {len(body)}") + body)
        await assert_answer(client, 200)
    assert stage.recording.reached[0].body == body


@pytest.mark.parametrize("key", [None, "unknown"])
async def test_a_slow_body_is_a_408_and_the_connection_ends(key: str | None) -> None:
    stage = Stage(body_timeout_s=0.2)
    async with serving(stage.gateway) as address, connected(address) as client:
        await client.send(head(stage, "content-length: 10", key=key) + b"abc")
        answer_head = await assert_answer(client, 408)
        assert b"connection: close" in answer_head
    assert not stage.recording.reached


async def test_a_request_with_two_lengths_is_a_400_and_the_connection_ends() -> None:
    stage = Stage()
    lengths = head(stage, "content-length: 5", "transfer-encoding: chunked")
    async with serving(stage.gateway) as address, connected(address) as client:
        await client.send(lengths + b"0\r\n\r\n" + head(stage))
        assert b"connection: close" in await assert_answer(client, 400)
        assert await client.rest() == b""
    assert not stage.recording.reached


@pytest.mark.parametrize(
    "data",
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"POST /invoke HTTP/2.0\r\nhost: x\r\n\r\n"],
    ids=["preface", "request"],
)
async def test_another_version_of_http_is_a_400_and_the_connection_ends(data: bytes) -> None:
    stage = Stage()
    async with serving(stage.gateway) as address, connected(address) as client:
        await client.send(data)
        assert b"connection: close" in await assert_answer(client, 400)
    assert not stage.recording.reached


async def test_after_a_refusal_the_connection_can_be_used_again() -> None:
    stage = Stage()
    async with serving(stage.gateway) as address, connected(address) as client:
        await client.send(head(stage, "content-length: 200000", key="unknown") + b"x" * 200_000)
        await assert_answer(client, 401, "INVALID_API_KEY")
        await client.send(head(stage, "content-length: 2") + b"hi")
        await assert_answer(client, 200)
    assert [reached.body for reached in stage.recording.reached] == [b"hi"]


async def test_a_hang_up_within_the_body_reaches_no_app() -> None:
    stage = Stage()
    async with serving(stage.gateway) as address:
        async with connected(address) as client:
            await client.send(head(stage, "content-length: 10") + b"abc")
        async with connected(address) as client:
            await client.send(head(stage, "content-length: 2") + b"hi")
            await assert_answer(client, 200)
    assert [reached.body for reached in stage.recording.reached] == [b"hi"]


@dataclass
class Endless:
    """Streams until it is cancelled."""

    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"tick\n", "more_body": True})
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


async def silent(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


async def test_a_hang_up_within_the_answer_ends_the_work() -> None:
    app = Endless()
    stage = Stage(app=app)
    async with serving(stage.gateway) as address:
        async with connected(address) as client:
            await client.send(head(stage, "content-length: 2") + b"hi")
            await client.head()
            await client.body(5)
        async with asyncio.timeout(PATIENCE_S):
            await app.cancelled.wait()


@pytest.mark.parametrize("app", [Endless, lambda: silent])
async def test_hang_ups_leave_no_task_behind(app: Callable[[], ASGIApp]) -> None:
    stage = Stage(SETTINGS.model_copy(update={"burst_limit": 100, "quota": 100}), app=app())
    async with serving(stage.gateway) as address:
        before = len(asyncio.all_tasks())
        for _ in range(20):
            async with connected(address) as client:
                await client.send(head(stage, "content-length: 2") + b"hi")
                await asyncio.sleep(0.01)
        await until(lambda: len(asyncio.all_tasks()) == before)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(PATIENCE_S * 100):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("It did not become true.")


async def test_requests_one_after_the_other_on_one_connection_are_all_answered() -> None:
    stage = Stage()
    async with serving(stage.gateway) as address, connected(address) as client:
        for n in range(5):
            await client.send(head(stage, "content-length: 1") + str(n).encode())
            await assert_answer(client, 200)
    assert [reached.body for reached in stage.recording.reached] == [b"0", b"1", b"2", b"3", b"4"]
