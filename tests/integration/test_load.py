"""Many callers at once: every answer is its caller's own, and none is lost."""

import asyncio
import itertools
import json
from collections import Counter
from typing import Any

import httpx
import pytest

from slm.limits import MAX_SCHEMA_PROPERTIES
from tests.clients.twin_process import PATIENCE_S, Twin, get_json, settled

pytestmark = pytest.mark.anyio

CLIENTS = 16
REQUESTS = 200


def client(twin: Twin) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=twin.url,
        headers={"authorization": f"Bearer {twin.key}"},
        timeout=PATIENCE_S,
        trust_env=False,
    )


def only(nonce: str) -> dict[str, Any]:
    """A ``response_format`` that nothing but an object with this nonce satisfies."""
    schema = {
        "type": "object",
        "properties": {"nonce": {"const": nonce}},
        "required": ["nonce"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "nonce", "schema": schema}}


async def test_200_requests_of_16_clients_get_their_own_answers(twin: Twin) -> None:
    statuses: Counter[int] = Counter()
    waiting = list(range(REQUESTS))

    async def chat(http: httpx.AsyncClient, nonce: str) -> None:
        body = {
            "messages": [{"role": "user", "content": "x"}],
            "response_format": only(nonce),
            "max_tokens": 40,
        }
        answer = await http.post("/v1/chat/completions", json=body)
        statuses[answer.status_code] += 1
        assert json.loads(answer.json()["choices"][0]["message"]["content"]) == {"nonce": nonce}

    async def invoke(http: httpx.AsyncClient, nonce: str) -> None:
        body = {"prompt": nonce, "parameters": {"max_new_tokens": 4}}
        answer = await http.post("/invoke", json=body)
        statuses[answer.status_code] += 1
        assert answer.json()["prompt"] == nonce

    async def one_client() -> None:
        async with client(twin) as http:
            while waiting:
                number = waiting.pop()
                await (chat if number % 2 else invoke)(http, f"n{number}")

    await asyncio.gather(*(one_client() for _ in range(CLIENTS)))
    assert statuses == {200: REQUESTS}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["/invoke", "/v1/chat/completions"])
async def test_a_client_that_hangs_up_frees_the_model(twin: Twin, path: str, stream: bool) -> None:
    body: dict[str, Any] = {"stream": stream}
    if path == "/invoke":
        body |= {"prompt": "Count to a thousand.", "parameters": {"max_new_tokens": 3000}}
    else:
        body |= {"messages": [{"role": "user", "content": "Count."}], "max_tokens": 3000}

    async def ask() -> None:
        async with client(twin) as http, http.stream("POST", path, json=body) as answer:
            async for _ in answer.aiter_bytes():
                pass

    asking = [asyncio.create_task(ask()) for _ in range(4)]
    assert await asyncio.to_thread(settled, lambda: twin.busy_slots() >= 4)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert await asyncio.to_thread(settled, lambda: twin.busy_slots() == 0)


async def test_a_client_that_hangs_up_during_its_prompt_frees_the_model(twin: Twin) -> None:
    words = 700
    prompt = " ".join(f"word{n}" for n in range(words))
    body = {"prompt": prompt, "stream": True, "parameters": {"max_new_tokens": 400}}
    async with client(twin) as http:
        asking = asyncio.create_task(http.post("/invoke", json=body))
        assert await asyncio.to_thread(settled, lambda: twin.busy_slots() == 1)
        [slot] = [slot["id"] for slot in slots(twin) if slot["is_processing"]]
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert await asyncio.to_thread(settled, lambda: twin.busy_slots() == 0)
        # Freed, not finished: a word is more than a token.
        [read] = [each["n_prompt_tokens"] for each in slots(twin) if each["id"] == slot]
        assert read < words
        short = {"prompt": "Hi", "parameters": {"max_new_tokens": 2}}
        assert (await http.post("/invoke", json=short)).status_code == 200


def slots(twin: Twin) -> list[dict[str, Any]]:
    """What llama.cpp tells of its slots; of a free one, how its last request ended."""
    found: list[dict[str, Any]] = get_json(f"{twin.model_url}/slots", twin.model_key)
    return found


async def test_the_largest_schema_that_is_taken_is_compiled(twin: Twin) -> None:
    names = [f"k{n}" for n in range(MAX_SCHEMA_PROPERTIES - 1)]
    schema = {
        "type": "object",
        "properties": {"nonce": {"const": 1}} | {name: {"type": "null"} for name in names},
        "required": ["nonce"],
    }
    body = {
        "messages": [{"role": "user", "content": "x"}],
        "max_tokens": 4,
        "response_format": {"type": "json_schema", "json_schema": {"schema": schema}},
    }
    async with client(twin) as http:
        assert (await http.post("/v1/chat/completions", json=body)).status_code == 200


async def test_events_come_while_the_model_is_at_work(twin: Twin) -> None:
    body = {
        "messages": [{"role": "user", "content": "Tell a long story."}],
        "max_tokens": 400,
        "stream": True,
    }
    async with (
        client(twin) as http,
        http.stream("POST", "/v1/chat/completions", json=body) as answer,
    ):
        assert answer.headers["transfer-encoding"] == "chunked"
        events = (line async for line in answer.aiter_lines() if line.startswith("data: "))
        # The role, then the first words.
        first = [json.loads((await anext(events)).removeprefix("data: ")) for _ in range(2)]
        assert first[1]["choices"][0]["delta"]["content"]
        assert await asyncio.to_thread(twin.busy_slots)
    assert await asyncio.to_thread(settled, lambda: not twin.busy_slots())


async def test_two_streams_run_side_by_side(twin: Twin) -> None:
    order: list[int] = []

    async def ask(number: int) -> None:
        body = {"prompt": "Tell a story.", "stream": True, "parameters": {"max_new_tokens": 200}}
        async with client(twin) as http, http.stream("POST", "/invoke", json=body) as answer:
            async for _ in answer.aiter_raw():
                order.append(number)

    await asyncio.gather(ask(0), ask(1))
    switches = sum(a != b for a, b in itertools.pairwise(order))
    assert switches > 2
