"""The container front: when headers go out, what is held, and that work ends with its client."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest

from slm.engines import ENGINES
from slm.errors import ModelFailed
from slm.gateway.http_connection import ConnectFailed, ConnectionBroken
from slm.local.container import EVENT_STREAM, Container
from slm.local.containers import contract_for
from slm.local.containers.contract import Contract
from slm.local.containers.llama_cpp import LlamaCppContract
from slm.local.containers.tgi import TgiContract
from slm.local.containers.vllm import VllmContract
from tests.unit.fake_llama import FOREVER, HELLO, SPEC, FakeLlama, refusal
from tests.unit.serving import PATIENCE_S

pytestmark = pytest.mark.anyio

CONTRACTS: list[Contract] = [TgiContract(SPEC), VllmContract(SPEC), LlamaCppContract()]
NAMES = ["tgi", "vllm", "llama.cpp"]
every_engine = pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)

CHAT = {"messages": [{"role": "user", "content": "Hi"}]}
STREAMED = CHAT | {"stream": True}
TOO_LONG = ("request", "exceed_context_size_error")


def container(llama: FakeLlama, contract: Contract) -> Container:
    return Container(contract, llama, http=llama)


async def ask(
    llama: FakeLlama, contract: Contract, body: dict[str, Any]
) -> tuple[int, str, list[bytes]]:
    """Status, media type and chunks of the answer."""
    front = container(llama, contract)
    async with asyncio.timeout(PATIENCE_S), front.invocations(json.dumps(body).encode()) as answer:
        chunks = [chunk async for chunk in answer.chunks]
    assert llama.open == 0
    return answer.status, answer.content_type, chunks


@pytest.mark.parametrize("name", list(ENGINES))
def test_every_engine_has_a_contract(name: str) -> None:
    assert contract_for(ENGINES[name], SPEC).read(json.dumps(CHAT).encode()).route


@every_engine
async def test_a_stream_goes_through_chunk_by_chunk(contract: Contract) -> None:
    llama = FakeLlama()
    status, content_type, chunks = await ask(llama, contract, STREAMED)
    assert (status, content_type) == (200, EVENT_STREAM)
    assert chunks == list(HELLO)
    assert llama.requests[0].url == "http://llama/v1/chat/completions"
    assert llama.requests[0].headers["authorization"] == "Bearer secret"


@every_engine
async def test_a_whole_answer_is_put_together_from_a_stream(contract: Contract) -> None:
    llama = FakeLlama()
    status, content_type, chunks = await ask(llama, contract, CHAT)
    answer = json.loads(b"".join(chunks))
    assert (status, content_type) == (200, "application/json")
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["content"] == "Hello"
    assert answer["usage"]["completion_tokens"] == 1
    assert llama.bodies[0]["stream"] is True


@every_engine
@pytest.mark.parametrize("body", [CHAT, STREAMED], ids=["whole", "streamed"])
async def test_a_model_that_is_not_ready_is_a_503_before_anything_is_sent(
    contract: Contract, body: dict[str, Any]
) -> None:
    llama = FakeLlama(url=None)
    status, _, _ = await ask(llama, contract, body)
    assert status == 503
    assert not llama.requests


@every_engine
@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (ConnectFailed("refused"), 503),
        (ConnectFailed("slow"), 503),
        (ConnectionBroken("reset"), None),
    ],
)
async def test_a_whole_answer_fails_with_the_engines_status(
    contract: Contract, failure: Exception, status: int | None
) -> None:
    came, _, _ = await ask(FakeLlama(status=failure), contract, CHAT)
    failed = 424 if isinstance(contract, TgiContract) else 500
    assert came == (status or failed)


async def test_tgi_answers_a_stream_at_once_and_tells_of_failures_in_it() -> None:
    llama = refusal(400, *TOO_LONG, n_prompt_tokens=5000, n_ctx=4096)
    status, content_type, chunks = await ask(llama, TgiContract(SPEC), STREAMED)
    assert (status, content_type) == (200, EVENT_STREAM)
    assert b"`inputs` must have less than 4096 tokens. Given: 5000" in b"".join(chunks)


@pytest.mark.parametrize("contract", CONTRACTS[1:], ids=NAMES[1:])
async def test_the_others_refuse_a_stream_before_its_headers(contract: Contract) -> None:
    llama = refusal(400, *TOO_LONG, n_prompt_tokens=5000, n_ctx=4096)
    status, _, chunks = await ask(llama, contract, STREAMED)
    assert status == 400
    assert b"context" in b"".join(chunks)


async def test_vllm_sends_headers_when_the_refusal_takes_too_long() -> None:
    class Hasty(VllmContract):
        headers_after_s = 0.01

    llama = refusal(400, *TOO_LONG, n_prompt_tokens=5000, n_ctx=4096)
    llama.delay_s = 0.2
    status, content_type, chunks = await ask(llama, Hasty(SPEC), STREAMED)
    assert (status, content_type) == (200, EVENT_STREAM)
    assert b"maximum context length is 4096" in b"".join(chunks)


@pytest.mark.parametrize("contract", CONTRACTS[:2], ids=NAMES[:2])
async def test_a_model_that_dies_in_a_stream_is_an_event(contract: Contract) -> None:
    llama = FakeLlama([*HELLO[:2], ConnectionBroken("incomplete")])
    status, _, chunks = await ask(llama, contract, STREAMED)
    assert status == 200
    assert chunks[:2] == list(HELLO[:2])
    assert b'{"error":' in chunks[2]
    assert chunks[2].endswith(b"data: [DONE]\n\n")


async def test_a_llama_container_that_dies_breaks_the_stream() -> None:
    llama = FakeLlama([*HELLO[:2], ConnectionBroken("incomplete")])
    front = container(llama, LlamaCppContract())
    came = []
    async with front.invocations(json.dumps(STREAMED).encode()) as answer:
        with pytest.raises(ModelFailed):
            async for chunk in answer.chunks:
                came.append(chunk)
    assert came == list(HELLO[:2])
    assert llama.open == 0


@every_engine
@pytest.mark.parametrize("status", [400, 500, 503])
async def test_what_llama_says_is_passed_on(contract: Contract, status: int) -> None:
    came, _, chunks = await ask(refusal(status, "so it is", "some_error"), contract, CHAT)
    tgi = {400: 422, 500: 424, 503: 503}
    assert came == (tgi[status] if isinstance(contract, TgiContract) else status)
    if status != 503:
        assert b"so it is" in b"".join(chunks)


@every_engine
@pytest.mark.parametrize("body", [b"not json", b'{"error": "text"}', b"[]", b"\xff"])
async def test_an_answer_that_is_not_llamas_is_a_failure(contract: Contract, body: bytes) -> None:
    came, _, _ = await ask(FakeLlama([body], status=400), contract, CHAT)
    assert came == (424 if isinstance(contract, TgiContract) else 500)


def lengthy(words: int) -> list[dict[str, str]]:
    return [{"role": "user", "content": "many " * words}]


@pytest.mark.parametrize("contract", CONTRACTS[:2], ids=NAMES[:2])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"messages": lengthy(3000), "max_tokens": 1096}, 200),
        ({"messages": lengthy(3000), "max_tokens": 1097}, 400),
        ({"messages": lengthy(1), "max_tokens": 4096}, 400),
        ({"messages": lengthy(4097)}, 400),
        ({"prompt": "many " * 4097}, 400),
        ({"prompt": "many " * 3000}, 200),
    ],
)
async def test_an_answer_that_would_not_fit_is_refused_as_the_engine_does(
    contract: Contract, body: dict[str, Any], status: int
) -> None:
    llama = FakeLlama()
    came, _, chunks = await ask(llama, contract, body)
    assert came == (422 if status == 400 and isinstance(contract, TgiContract) else status)
    assert bool(llama.requests) == (status == 200)
    if status == 400:
        words = b"`inputs`" if isinstance(contract, TgiContract) else b"maximum context length"
        assert words in chunks[0]


async def test_tgi_has_a_limit_of_its_own_for_prompts() -> None:
    llama = FakeLlama()
    status, _, chunks = await ask(llama, TgiContract(SPEC), {"messages": lengthy(3585)})
    assert status == 422
    assert b"must have less than 3584 tokens. Given: 3585" in chunks[0]


async def test_short_requests_are_not_counted() -> None:
    llama = FakeLlama()
    await ask(llama, TgiContract(SPEC), CHAT | {"max_tokens": 512})
    assert not llama.counted


async def test_llama_decides_itself_what_is_too_long_in_its_own_container() -> None:
    llama = FakeLlama()
    body = {"messages": lengthy(5000), "max_tokens": 5000}
    assert (await ask(llama, LlamaCppContract(), body))[0] == 200
    assert not llama.counted


@every_engine
async def test_a_stream_of_nothing_has_no_chunks(contract: Contract) -> None:
    status, _, chunks = await ask(FakeLlama([]), contract, STREAMED)
    assert (status, chunks) == (200, [])


async def test_tgi_refuses_one_request_more_than_it_holds() -> None:
    class Narrow(TgiContract):
        max_concurrent_requests = 2

    llama = FakeLlama([*HELLO[:2], FOREVER])
    front = container(llama, Narrow(SPEC))
    streamed, whole = json.dumps(STREAMED).encode(), json.dumps(CHAT).encode()
    async with AsyncExitStack() as held:
        for _ in range(2):
            answer = await held.enter_async_context(front.invocations(streamed))
            assert await anext(answer.chunks) == HELLO[0]

        async with front.invocations(whole) as refused:
            assert refused.status == 429
            assert b"overloaded" in await anext(refused.chunks)
        async with front.invocations(streamed) as refused:
            assert refused.status == 200
            assert b"overloaded" in await anext(refused.chunks)

    llama.parts = HELLO
    async with front.invocations(whole) as answer:
        assert answer.status == 200


@every_engine
async def test_leaving_in_the_midst_of_a_stream_ends_it(contract: Contract) -> None:
    llama = FakeLlama([*HELLO[:2], FOREVER])
    front = container(llama, contract)
    async with front.invocations(json.dumps(STREAMED).encode()) as answer:
        assert await anext(answer.chunks) == HELLO[0]
        assert llama.open == 1
    assert llama.open == 0


@every_engine
@pytest.mark.parametrize("body", [CHAT, STREAMED], ids=["whole", "streamed"])
async def test_cancelling_ends_the_work_wherever_it_is(
    contract: Contract, body: dict[str, Any]
) -> None:
    llama = FakeLlama([HELLO[0], FOREVER])
    await cancel_when_reached(llama, contract, body)
    assert llama.open == 0


@every_engine
async def test_cancelling_before_llama_answers_ends_the_request(contract: Contract) -> None:
    llama = FakeLlama(delay_s=PATIENCE_S)
    await cancel_when_reached(llama, contract, STREAMED)
    assert llama.open == 0


async def cancel_when_reached(llama: FakeLlama, contract: Contract, body: dict[str, Any]) -> None:
    """Cancel a request that llama.cpp works at."""

    async def use() -> None:
        async with container(llama, contract).invocations(json.dumps(body).encode()) as answer:
            async for _ in answer.chunks:
                pass

    using = asyncio.create_task(use())
    async with asyncio.timeout(PATIENCE_S):
        await llama.reached.wait()
    using.cancel()
    await asyncio.gather(using, return_exceptions=True)
