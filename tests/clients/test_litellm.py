"""``litellm``."""

import os
from typing import Any

# Read when the package is imported: without it, prices are fetched from the internet.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
import pytest

from tests.clients.twin_process import PATIENCE_S, Twin

Question = list[dict[str, str]]

# The model's name makes it look for a tokenizer on the Hugging Face Hub.
litellm.disable_hf_tokenizer_download = True


@pytest.fixture
def call(twin: Twin, model: str, question: Question) -> dict[str, Any]:
    """Arguments of a call that succeeds."""
    return {
        "model": f"openai/{model}",
        "api_base": twin.base_url,
        "api_key": twin.key,
        "messages": question,
        "temperature": 0,
        "max_tokens": 20,
        "timeout": PATIENCE_S,
    }


def test_lists_the_one_model(twin: Twin, model: str) -> None:
    found = litellm.get_valid_models(
        check_provider_endpoint=True,
        custom_llm_provider="openai",
        api_base=twin.base_url,
        api_key=twin.key,
    )

    assert found == [model]


def test_answers_whole(call: dict[str, Any]) -> None:
    answer = litellm.completion(**call)

    assert "Paris" in answer.choices[0].message.content
    assert answer.usage.completion_tokens > 0


def test_streams(call: dict[str, Any]) -> None:
    chunks = list(litellm.completion(**call, stream=True))

    pieces = [chunk.choices[0].delta.content for chunk in chunks]
    assert "Paris" in "".join(piece or "" for piece in pieces)
    assert len(pieces) > 3


@pytest.mark.anyio
async def test_streams_asynchronously(call: dict[str, Any]) -> None:
    stream = await litellm.acompletion(**call, stream=True)

    pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
    assert "Paris" in "".join(pieces)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"api_key": "wrong" * 8}, litellm.AuthenticationError),
        ({"model": "openai/gpt-4o"}, litellm.NotFoundError),
        ({"n": 2}, litellm.BadRequestError),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_maps_errors(
    call: dict[str, Any], fields: dict[str, Any], error: type[Exception], stream: bool
) -> None:
    with pytest.raises(error):
        litellm.completion(**(call | fields), stream=stream, max_retries=0)
