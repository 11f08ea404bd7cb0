"""What is asked of llama.cpp, and what its answers mean."""

from collections.abc import Mapping
from typing import Any

import pytest

from slm.errors import EndpointUnavailable, InvalidRequest, ModelFailed, SlmError
from slm.gateway.http_connection import ConnectFailed, ConnectionBroken
from slm.local.containers.context_limits import PromptTooLong
from slm.local.llama_client import LlamaClient
from tests.unit.fake_llama import HELLO, FakeLlama, refusal

pytestmark = pytest.mark.anyio


async def all_of(llama: FakeLlama) -> list[bytes]:
    client = LlamaClient(llama, llama)
    return [chunk async for chunk in client.stream("/completion", b"{}")]


async def test_a_stream_comes_as_it_is() -> None:
    llama = FakeLlama()
    assert await all_of(llama) == list(HELLO)
    (request,) = llama.requests
    assert request.url == "http://llama/completion"
    assert request.headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        ({"prompt": "one two three"}, 3),
        ({"messages": [{"role": "user", "content": "one two"}], "temperature": 0}, 2),
    ],
)
async def test_tokens_are_counted_by_the_model(body: Mapping[str, Any], tokens: int) -> None:
    llama = FakeLlama()
    client = LlamaClient(llama, llama)
    assert await client.count_prompt_tokens(body) == tokens


@pytest.mark.parametrize(
    ("llama", "error"),
    [
        (FakeLlama(url=None), EndpointUnavailable),
        (FakeLlama(status=ConnectFailed("refused")), EndpointUnavailable),
        (FakeLlama(status=ConnectionBroken("reset")), ModelFailed),
        (FakeLlama([b"one", ConnectionBroken("reset")]), ModelFailed),
        (refusal(400, "x", "invalid_request_error"), InvalidRequest),
        (refusal(400, "x", "exceed_context_size_error", n_prompt_tokens=2, n_ctx=1), PromptTooLong),
        (refusal(503, "Loading model", "unavailable_error"), EndpointUnavailable),
        (refusal(500, "x", "server_error"), ModelFailed),
        (FakeLlama([b"not json"], status=400), ModelFailed),
    ],
)
async def test_failures_are_told_apart(llama: FakeLlama, error: type[SlmError]) -> None:
    with pytest.raises(error):
        await all_of(llama)
    assert llama.open == 0
