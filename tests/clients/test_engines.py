"""The same client before the other engines: what it asks is answered, or refused by name."""

from collections.abc import Iterator

import openai
import pytest
from pydantic import BaseModel

from slm.engines import LLAMA_CPP, VLLM
from tests.clients.twin_process import PATIENCE_S, UNLIMITED, Twin, running_twin

Question = list[dict[str, str]]


class City(BaseModel):
    """What the model is made to answer."""

    city: str


@pytest.fixture(scope="module", params=[VLLM.name, LLAMA_CPP.name])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def engine_twin(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    settings = UNLIMITED | {"SLM_ENGINE": engine, "SLM_QUANTIZE": ""}
    with running_twin(tmp_path_factory.mktemp("engine"), settings) as twin:
        yield twin


@pytest.fixture
def client(engine_twin: Twin) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(
        base_url=engine_twin.base_url, api_key=engine_twin.key, max_retries=0, timeout=PATIENCE_S
    ) as client:
        yield client


def test_answers_whole_and_streamed(client: openai.OpenAI, model: str, question: Question) -> None:
    asked = {"model": model, "messages": question, "temperature": 0, "max_tokens": 20}

    whole = client.chat.completions.create(**asked)
    chunks = list(
        client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
    )

    assert "Paris" in whole.choices[0].message.content
    assert whole.usage.completion_tokens > 0
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(pieces) == whole.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


def test_gives_several_answers(client: openai.OpenAI, model: str, question: Question) -> None:
    answer = client.chat.completions.create(
        model=model, messages=question, max_tokens=5, n=2, temperature=1.5, seed=1
    )

    assert [choice.index for choice in answer.choices] == [0, 1]
    assert all(choice.message.content for choice in answer.choices)


def test_answers_in_the_form_of_a_schema(
    client: openai.OpenAI, model: str, question: Question
) -> None:
    answer = client.chat.completions.parse(
        model=model, messages=question, temperature=0, max_tokens=40, response_format=City
    )

    assert answer.choices[0].message.parsed == City(city="Paris")


def test_text_completions(client: openai.OpenAI, engine: str, model: str) -> None:
    asked = {"model": model, "prompt": "1, 2, 3, 4,", "temperature": 0, "max_tokens": 4}

    if engine == VLLM.name:
        assert client.completions.create(**asked).choices[0].text.startswith(" 5")
    else:
        with pytest.raises(openai.BadRequestError) as e:
            client.completions.create(**asked)
        assert e.value.code == "unsupported_route"


def test_refuses_what_it_cannot_honour(
    client: openai.OpenAI, model: str, question: Question
) -> None:
    with pytest.raises(openai.BadRequestError) as e:
        client.chat.completions.create(model=model, messages=question, store=True)

    assert (e.value.param, e.value.code) == ("store", "unsupported_parameter")
