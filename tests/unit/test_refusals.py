"""API Gateway's own answers, byte by byte."""

import json
from collections.abc import Mapping
from types import MappingProxyType

import pytest
from starlette.types import Message

from slm.errors import RequestTimeout, error_body, facts_of
from slm.gateway_responses import GATEWAY_RESPONSES, body_text
from slm.local.refusals import (
    ERROR_TYPES,
    Refused,
    answer,
    body_too_slow,
    gateway_response,
)

pytestmark = pytest.mark.anyio


async def sent_for(
    refused: Refused, cors_headers: Mapping[str, str] = MappingProxyType({})
) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await answer(refused, receive, send, cors_headers=cors_headers)
    return sent


def headers_of(start: Message) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in start["headers"]}


@pytest.mark.parametrize("response_type", ERROR_TYPES)
async def test_the_answer_is_the_stacks_gateway_response(response_type: str) -> None:
    error = GATEWAY_RESPONSES[response_type]
    start, body = await sent_for(gateway_response(response_type))
    assert start["status"] == facts_of(error).status
    assert body == {
        "type": "http.response.body",
        "body": body_text(error).encode(),
        "more_body": False,
    }
    assert headers_of(start) == {
        "content-type": "application/json",
        "content-length": str(len(body["body"])),
        "x-amzn-errortype": ERROR_TYPES[response_type],
        **facts_of(error).headers,
    }


def test_the_text_is_the_body_of_every_error() -> None:
    for error in GATEWAY_RESPONSES.values():
        assert json.loads(body_text(error)) == error_body(error)


async def test_a_refused_body_ends_the_connection_after_the_whole_answer() -> None:
    start, body, end = await sent_for(gateway_response("REQUEST_TOO_LARGE", closes=True))
    assert headers_of(start)["connection"] == "close"
    assert int(headers_of(start)["content-length"]) == len(body["body"])
    assert body["more_body"] is True
    assert (end["body"], end["more_body"]) == (b"", False)


async def test_a_slow_body_has_no_error_type_since_api_gateway_has_no_such_response() -> None:
    start, *_ = await sent_for(body_too_slow(RequestTimeout("Too slow.")))
    assert start["status"] == 408
    assert "x-amzn-errortype" not in headers_of(start)


async def test_headers_for_pages_of_other_origins_are_added() -> None:
    start, _ = await sent_for(gateway_response("THROTTLED"), {"access-control-allow-origin": "*"})
    assert headers_of(start)["access-control-allow-origin"] == "*"
