"""The load generator, before servers that answer well and badly."""

import asyncio
import json

import pytest

from slm.bench.load import KeyRefused, Load, Sample, Server, run_load, texts_of
from tests.unit.raw_server import raw_server

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


def token(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":3}}\n\n'
DONE = b"data: [DONE]\n\n"
STREAM = (
    HEAD + chunked(token("a") + token(" b"), token(""), token(" c"), USAGE + DONE) + chunked(b"")
)
WHOLE_BODY = b'{"choices":[{"message":{"content":"a b c"}}],"usage":{"completion_tokens":3}}'
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(WHOLE_BODY), WHOLE_BODY)
REFUSED = b"HTTP/1.1 429 Too Many\r\ncontent-length: 0\r\n\r\n"


def load(**changes: object) -> Load:
    values = {"concurrency": 1, "stream": True, "max_tokens": 3, "prompts": ("Hi",), "requests": 1}
    return Load(**values | changes)  # type: ignore[arg-type]


async def one(answer: bytes, **changes: object) -> Sample:
    """The sample of one request that gets this answer."""
    async with raw_server(answer) as server:
        (sample,) = (await run_load(Server(server.url, {}), load(**changes))).samples
    return sample


async def test_a_stream_is_timed_token_by_token() -> None:
    sample = await one(STREAM)
    assert not sample.error
    assert sample.tokens == 3
    assert len(sample.gaps_s) == 2
    assert sample.gaps_s[0] == 0  # they came together
    assert sample.first_token_s is not None
    assert 0 < sample.first_token_s <= sample.total_s


async def test_a_whole_answer_has_no_first_token() -> None:
    sample = await one(WHOLE, stream=False)
    assert (sample.error, sample.tokens, sample.first_token_s) == ("", 3, None)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (REFUSED, "status 429"),
        (b"", "ConnectionBroken"),
        (HEAD + chunked(token("a"), b""), "broken off"),
        (HEAD + chunked(token("a") + DONE, b""), "no token counts"),
        (HEAD + chunked(token("a")), "ConnectionBroken"),
    ],
)
async def test_failures_are_told_apart(answer: bytes, error: str) -> None:
    if answer == HEAD + chunked(token("a")):

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"}")
            writer.write(answer)

        async with raw_server(talk=talk) as server:
            (sample,) = (await run_load(Server(server.url, {}), load())).samples
    else:
        sample = await one(answer)
    assert sample.error == error


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_ends_the_load_of_all_clients(status: int) -> None:
    refusal = b"HTTP/1.1 %d No\r\ncontent-length: 0\r\n\r\n" % status
    async with raw_server(*[refusal] * 10) as server:
        with pytest.raises(KeyRefused, match=rf"refused the key \(status {status}\)"):
            await run_load(Server(server.url, {}), load(concurrency=2, requests=10))
    assert len(server.requests) <= 2


async def test_answers_are_checked() -> None:
    async with raw_server(STREAM, STREAM) as server:
        run = await run_load(
            Server(server.url, {}),
            load(requests=2),
            check=lambda stream: "" if texts_of(stream) == ["a", " b"] else "other words",
        )
    assert [sample.error for sample in run.samples] == ["other words"] * 2


async def test_requests_are_counted_over_all_clients_and_prompts_take_turns() -> None:
    counts: list[int] = []
    async with raw_server(*[STREAM] * 10) as server:
        run = await run_load(
            Server(server.url, {"authorization": "Bearer k"}, model="m"),
            load(concurrency=3, requests=10, prompts=("one", "two")),
            on_answer=counts.append,
        )
    assert len(run.samples) == 10
    assert counts == list(range(1, 11))
    assert server.connections == 3
    assert all(b"authorization: Bearer k" in head for head in server.requests)


async def test_time_bounds_a_load_too() -> None:
    async with raw_server(*[STREAM] * 100_000) as server:
        run = await run_load(Server(server.url, {}), load(requests=None, seconds=0.1))
    assert run.samples
    assert run.seconds >= 0.1
    assert run.client_cpu_s > 0


async def test_a_load_needs_a_bound() -> None:
    with pytest.raises(ValueError, match="number of requests or of seconds"):
        await run_load(Server("http://127.0.0.1:1", {}), load(requests=None))


def test_texts_in_a_stream() -> None:
    assert texts_of(token("a") + token("") + token("b") + USAGE + DONE) == ["a", "b"]
