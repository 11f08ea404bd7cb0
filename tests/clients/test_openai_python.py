"""``openai`` for Python: what an application does with it."""

import time
from collections.abc import AsyncIterator, Iterator

import openai
import pytest
from pydantic import BaseModel

from tests.clients.conftest import LONG_REQUEST
from tests.clients.twin_process import PATIENCE_S, Twin, settled

Question = list[dict[str, str]]


class City(BaseModel):
    """What the model is made to answer."""

    city: str


@pytest.fixture
def client(twin: Twin) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=twin.base_url, api_key=twin.key, max_retries=0, timeout=PATIENCE_S
    ) as client:
        yield client


@pytest.fixture
async def async_client(twin: Twin) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(
        base_url=twin.base_url, api_key=twin.key, max_retries=0, timeout=PATIENCE_S
    ) as client:
        yield client


def test_lists_the_one_model(client: openai.OpenAI, model: str) -> None:
    assert [listed.id for listed in client.models.list()] == [model]


def test_finds_the_model_by_its_name(client: openai.OpenAI, model: str) -> None:
    """The name has a slash, which the client sends as it is."""
    assert [client.models.retrieve(model)] == list(client.models.list())

    with pytest.raises(openai.NotFoundError) as e:
        client.models.retrieve("gpt-4o")
    assert e.value.code == "model_not_found"


def test_takes_an_applications_notes(client: openai.OpenAI, model: str, question: Question) -> None:
    answer = client.chat.completions.create(
        model=model,
        messages=question,
        max_tokens=1,
        user="user",
        metadata={"job": "nightly"},
        safety_identifier="hash",
        prompt_cache_key="nightly",
        service_tier="auto",
        modalities=["text"],
        store=False,
        parallel_tool_calls=True,
    )

    assert answer.choices[0].finish_reason == "length"


def test_answers_whole(client: openai.OpenAI, model: str, question: Question) -> None:
    answer = client.chat.completions.create(
        model=model, messages=question, temperature=0, max_tokens=20
    )

    choice = answer.choices[0]
    assert "Paris" in choice.message.content
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert (answer.object, answer.model) == ("chat.completion", model)
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer._request_id


def test_streams_what_it_would_answer_whole(
    client: openai.OpenAI, model: str, question: Question
) -> None:
    asked = {"model": model, "messages": question, "temperature": 0, "max_tokens": 20}
    whole = client.chat.completions.create(**asked)

    chunks = list(client.chat.completions.create(**asked, stream=True))

    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert "".join(pieces) == whole.choices[0].message.content
    assert sum(bool(piece) for piece in pieces) > 3
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert {chunk.id for chunk in chunks} == {chunks[0].id}
    assert all(chunk.usage is None for chunk in chunks)


def test_counts_a_streams_tokens_when_asked(
    client: openai.OpenAI, model: str, question: Question
) -> None:
    *_, last = client.chat.completions.create(
        model=model,
        messages=question,
        max_tokens=3,
        stream=True,
        stream_options={"include_usage": True},
    )

    assert last.choices == []
    assert last.usage.completion_tokens == 3
    assert last.usage.prompt_tokens > 0


@pytest.mark.anyio
async def test_answers_the_async_client(
    async_client: openai.AsyncOpenAI, model: str, question: Question
) -> None:
    asked = {"model": model, "messages": question, "temperature": 0, "max_tokens": 20}

    whole = await async_client.chat.completions.create(**asked)
    stream = await async_client.chat.completions.create(**asked, stream=True)
    pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]

    assert "".join(pieces) == whole.choices[0].message.content
    assert [listed.id async for listed in async_client.models.list()] == [model]


def test_completes_a_text_whole_and_streamed(client: openai.OpenAI, model: str) -> None:
    asked = {"model": model, "prompt": "1, 2, 3, 4,", "temperature": 0, "max_tokens": 6}

    whole = client.completions.create(**asked)
    streamed = list(client.completions.create(**asked, stream=True))

    assert whole.object == "text_completion"
    assert whole.choices[0].text.startswith(" 5")
    assert whole.usage.completion_tokens == 6
    assert "".join(chunk.choices[0].text for chunk in streamed) == whole.choices[0].text


@pytest.mark.parametrize("stop", ["Paris", ["London", "Paris"]])
def test_stops_before_a_stop_sequence(
    client: openai.OpenAI, model: str, question: Question, stop: str | list[str]
) -> None:
    answer = client.chat.completions.create(
        model=model, messages=question, temperature=0, max_tokens=20, stop=stop
    )

    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content.endswith("France is ")


def test_repeats_itself_with_the_same_seed(client: openai.OpenAI, model: str) -> None:
    def answer(seed: int) -> str:
        completion = client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": "Invent a name for a ship."}],
            temperature=1.5,
            max_tokens=16,
            seed=seed,
        )
        return completion.choices[0].message.content

    assert answer(1) == answer(1)
    assert len({answer(seed) for seed in range(1, 5)}) > 1


def test_gives_log_probabilities(client: openai.OpenAI, model: str, question: Question) -> None:
    answer = client.chat.completions.create(
        model=model,
        messages=question,
        temperature=0,
        max_tokens=3,
        logprobs=True,
        top_logprobs=2,
    )

    tokens = answer.choices[0].logprobs.content
    assert "".join(token.token for token in tokens) == answer.choices[0].message.content
    assert all(token.logprob <= 0 and len(token.top_logprobs) == 2 for token in tokens)


def test_answers_in_the_form_of_a_schema(
    client: openai.OpenAI, model: str, question: Question
) -> None:
    answer = client.chat.completions.parse(
        model=model, messages=question, temperature=0, max_tokens=40, response_format=City
    )

    assert answer.choices[0].message.parsed == City(city="Paris")


def test_streams_in_the_form_of_a_schema(
    client: openai.OpenAI, model: str, question: Question
) -> None:
    with client.chat.completions.stream(
        model=model, messages=question, temperature=0, max_tokens=40, response_format=City
    ) as stream:
        stream.until_done()
        answer = stream.get_final_completion()

    assert answer.choices[0].message.parsed == City(city="Paris")


def test_takes_its_own_answer_back(client: openai.OpenAI, model: str, question: Question) -> None:
    """Applications send the conversation with the answers as the client holds them."""
    asked = {"model": model, "temperature": 0, "max_tokens": 20}
    first = client.chat.completions.create(**asked, messages=question).choices[0].message

    second = client.chat.completions.create(
        **asked, messages=[*question, first, {"role": "user", "content": "And of Italy?"}]
    )

    assert "Rome" in second.choices[0].message.content


def test_gives_the_raw_answer(client: openai.OpenAI, model: str, question: Question) -> None:
    raw = client.chat.completions.with_raw_response.create(
        model=model, messages=question, max_tokens=1
    )

    assert raw.headers["content-type"] == "application/json"
    assert raw.headers["cache-control"] == "no-store"
    assert raw.request_id == raw.headers["x-amzn-requestid"]
    assert raw.parse().choices[0].finish_reason == "length"


def test_closing_a_stream_frees_the_model(client: openai.OpenAI, twin: Twin, model: str) -> None:
    assert settled(lambda: twin.busy_slots() == 0)
    stream = client.chat.completions.create(model=model, **LONG_REQUEST, stream=True)
    pieces = [next(stream) for _ in range(3)]
    assert len(pieces) == 3 and twin.busy_slots() == 1

    stream.close()

    assert settled(lambda: twin.busy_slots() == 0)


def test_giving_up_on_an_answer_frees_the_model(
    client: openai.OpenAI, twin: Twin, model: str
) -> None:
    assert settled(lambda: twin.busy_slots() == 0)
    started = time.monotonic()

    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=1).chat.completions.create(model=model, **LONG_REQUEST)

    assert time.monotonic() - started < PATIENCE_S
    assert settled(lambda: twin.busy_slots() == 0)
