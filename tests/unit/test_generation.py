"""What is counted of an answer that breaks off, and what of the counting a client sees."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from slm.engines import LLAMA_CPP, TGI, Engine
from slm.gateway.generation import generate
from slm.gateway.request_log import RequestRecord
from slm.gateway.sse import DONE, encode
from tests.unit.fakes import FakeBackend, chunk, usage

pytestmark = pytest.mark.anyio


def told(text: str, *, prompt: int, cached: int, generated: int) -> bytes:
    """An event as llama.cpp sends it: compact, with its counts at the end."""
    event = {"choices": [{"index": 0, "delta": {"content": text}}], "object": "chunk"}
    timings = {"cache_n": cached, "prompt_n": prompt, "prompt_ms": 1.5, "predicted_n": generated}
    return encode(json.dumps(event | {"timings": timings}, separators=(",", ":")).encode())


async def left_after(engine: Engine, events: list[bytes], batches: int) -> RequestRecord:
    """The record of a stream that the client left after some batches."""
    record = RequestRecord("", "key", "POST", "/invoke")
    stream = generate(FakeBackend(events), engine, {}, record)
    async with aclosing(stream):
        for _ in range(batches):
            await anext(stream)
    return record


EVENTS = [
    chunk(""),
    told("a", prompt=10, cached=4, generated=1),
    # The second token is half of a character, so the third one's event tells of two.
    told("é", prompt=10, cached=4, generated=3),
    told("b", prompt=10, cached=4, generated=4),
]


async def test_llama_cpp_tells_how_far_it_was() -> None:
    record = await left_after(LLAMA_CPP, EVENTS, 3)
    assert (record.prompt_tokens, record.generated_tokens, record.partial) == (14, 3, True)


async def test_before_its_first_count_events_are_counted() -> None:
    record = await left_after(LLAMA_CPP, EVENTS, 1)
    assert (record.prompt_tokens, record.generated_tokens, record.partial) == (None, 1, True)


async def test_of_another_engine_events_are_counted() -> None:
    record = await left_after(TGI, [chunk("a"), chunk("b"), chunk("c")], 2)
    assert (record.prompt_tokens, record.generated_tokens, record.partial) == (None, 2, True)


async def test_a_whole_answer_has_the_models_own_count() -> None:
    record = await left_after(LLAMA_CPP, [*EVENTS, usage(14, 5), encode(DONE)], 6)
    assert (record.prompt_tokens, record.generated_tokens, record.partial) == (14, 5, False)


async def _all(stream: AsyncGenerator[list[bytes], None]) -> list[bytes]:
    return [event async for events in stream for event in events]


async def test_clients_do_not_see_the_counts() -> None:
    record = RequestRecord("", "key", "POST", "/invoke")
    events = [*EVENTS, encode(DONE)]
    given = await _all(generate(FakeBackend(events), LLAMA_CPP, {}, record))
    read: list[dict[str, Any]] = [json.loads(event[6:]) for event in given[:-1]]
    assert [event["choices"][0]["delta"]["content"] for event in read] == ["", "a", "é", "b"]
    assert not any("timings" in event for event in read)


async def test_a_text_that_looks_like_counts_is_left_alone() -> None:
    text = ',"timings":{"predicted_n":999}}'
    record = RequestRecord("", "key", "POST", "/invoke")
    events = [chunk(text), encode(DONE)]
    given = await _all(generate(FakeBackend(events), LLAMA_CPP, {}, record))
    assert given == events
    assert record.generated_tokens == 2
