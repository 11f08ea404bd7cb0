"""``langchain-openai``."""

import pytest
from langchain_openai import ChatOpenAI, OpenAI
from pydantic import BaseModel

from tests.clients.conftest import QUESTION
from tests.clients.twin_process import PATIENCE_S, Twin


class City(BaseModel):
    """A city."""

    city: str


def chat(twin: Twin, **fields: object) -> ChatOpenAI:
    """A chat model as an application makes it."""
    defaults = {
        "model": twin.model,
        "base_url": twin.base_url,
        "api_key": twin.key,
        "temperature": 0,
        "max_tokens": 40,
        "max_retries": 0,
        "timeout": PATIENCE_S,
    }
    return ChatOpenAI(**(defaults | fields))


def test_invoke(twin: Twin) -> None:
    answer = chat(twin).invoke(QUESTION)

    assert "Paris" in answer.content
    assert answer.usage_metadata["output_tokens"] > 0
    assert answer.response_metadata["finish_reason"] == "stop"


def test_stream(twin: Twin) -> None:
    chunks = list(chat(twin, stream_usage=True).stream(QUESTION))

    pieces = [chunk.content for chunk in chunks if chunk.content]
    assert "Paris" in "".join(pieces)
    assert len(pieces) > 3
    assert sum(chunk.usage_metadata is not None for chunk in chunks) == 1


@pytest.mark.anyio
async def test_astream(twin: Twin) -> None:
    pieces = [chunk.content async for chunk in chat(twin).astream(QUESTION)]

    assert "Paris" in "".join(pieces)


def test_batch(twin: Twin) -> None:
    """Three at once; each answer is the one to its own question."""
    countries = {"France": "Paris", "Italy": "Rome", "Spain": "Madrid"}

    answers = chat(twin).batch([f"What is the capital of {country}?" for country in countries])

    for answer, capital in zip(answers, countries.values(), strict=True):
        assert capital in answer.content


def test_completions(twin: Twin) -> None:
    """This class sends prompts in lists; one by one, as docs/clients.md says."""
    completions = OpenAI(
        model=twin.model,
        base_url=twin.base_url,
        api_key=twin.key,
        temperature=0,
        max_tokens=6,
        max_retries=0,
        batch_size=1,
    )

    answers = completions.batch(["1, 2, 3, 4,", "2, 4, 6,"])

    assert answers[0].startswith(" 5")
    assert answers[1].startswith(" 8")


def test_stop(twin: Twin) -> None:
    answer = chat(twin).invoke(QUESTION, stop=["Paris"])

    assert answer.content.endswith("France is ")


def test_structured_output(twin: Twin) -> None:
    structured = chat(twin).with_structured_output(City, method="json_schema")

    assert structured.invoke(QUESTION) == City(city="Paris")


@pytest.mark.parametrize(
    ("fields", "name", "status"),
    [
        ({"api_key": "wrong" * 8}, "AuthenticationError", 401),
        ({"model": "gpt-4o"}, "NotFoundError", 404),
        ({"n": 2}, "BadRequestError", 400),
    ],
)
def test_errors(twin: Twin, fields: dict[str, object], name: str, status: int) -> None:
    with pytest.raises(Exception) as e:
        chat(twin, **fields).invoke(QUESTION)

    assert name in {kind.__name__ for kind in type(e.value).__mro__}
    assert e.value.status_code == status
