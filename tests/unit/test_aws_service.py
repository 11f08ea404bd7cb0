"""Signed calls, and AWS's refusals in every form they come in."""

import json

import pytest

from slm.gateway.aws_environment import fixed
from slm.gateway.aws_service import AwsError, AwsService, read_all
from slm.gateway.aws_signature import Credentials, Scope
from slm.gateway.http_client import HttpClient, Origin
from tests.unit.raw_server import RawServer, raw_server
from tests.unit.serving import PATIENCE_S

pytestmark = pytest.mark.anyio


def answer(status: int, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def call(server: RawServer, path: str = "/path") -> bytes:
    http = HttpClient(connect_timeout_s=PATIENCE_S, read_timeout_s=PATIENCE_S)
    service = AwsService(
        Origin.of(server.url),
        Scope("eu-west-1", "sagemaker"),
        fixed(Credentials("key-id", "secret", "token")),
        http,
    )
    try:
        async with service.post(path, {"content-type": "text/plain"}, b"body") as got:
            return await read_all(got, max_bytes=1000)
    finally:
        http.close()


async def test_calls_are_signed() -> None:
    async with raw_server(answer(200, b"fine")) as server:
        assert await call(server) == b"fine"
    head = server.requests[0].decode()
    assert head.startswith("POST /path HTTP/1.1\r\n")
    assert "\r\nauthorization: AWS4-HMAC-SHA256 Credential=key-id/" in head
    assert "\r\nx-amz-security-token: token\r\n" in head
    assert "\r\nuser-agent: slm-sagemaker/" in head
    assert "secret" not in head


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        (
            answer(424, b'{"Message": "m"}', "x-amzn-errortype: ModelError:http://internal/x"),
            "ModelError",
            "m",
        ),
        (
            answer(400, b'{"__type": "com.amazon#ValidationException", "message": "m"}'),
            "ValidationException",
            "m",
        ),
        (answer(400, b'{"code": "Some", "Message": "m"}'), "Some", "m"),
        (answer(503, b"<html>busy</html>"), "UnknownError", "<html>busy</html>"),
        (answer(500, b'["no object"]'), "UnknownError", '["no object"]'),
        (answer(500, b""), "UnknownError", ""),
    ],
)
async def test_refusals(said: bytes, code: str, message: str) -> None:
    async with raw_server(said) as server:
        with pytest.raises(AwsError) as caught:
            await call(server)
    assert (caught.value.code, caught.value.message) == (code, message)


async def test_a_refusal_has_all_that_was_said() -> None:
    fields = {"Message": "m", "OriginalStatusCode": 500, "OriginalMessage": "boom"}
    async with raw_server(answer(424, json.dumps(fields).encode())) as server:
        with pytest.raises(AwsError) as caught:
            await call(server)
    assert caught.value.fields == fields


async def test_an_endless_refusal_is_cut() -> None:
    async with raw_server(answer(500, b"x" * 3_000_000)) as server:
        with pytest.raises(AwsError) as caught:
            await call(server)
    assert len(caught.value.message) == 1000
