"""``openai`` for Python: what it raises, and what it retries."""

import os
import signal
import time
from collections.abc import Iterator

import openai
import pytest

from slm.errors import ERROR_TABLE, Unauthorized
from tests.clients.conftest import LONG_REQUEST
from tests.clients.processes import children
from tests.clients.twin_process import PATIENCE_S, Twin, running_twin, settled

Question = list[dict[str, str]]


def connected(twin: Twin, *, key: str | None = None, max_retries: int = 0) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=twin.base_url,
        api_key=key or twin.key,
        max_retries=max_retries,
        timeout=PATIENCE_S,
    )


@pytest.fixture
def client(twin: Twin) -> Iterator[openai.OpenAI]:
    with connected(twin) as client:
        yield client


@pytest.fixture(scope="module")
def narrow_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """A twin that takes one request a second."""
    settings = {"SLM_RATE_LIMIT": "1", "SLM_BURST_LIMIT": "1"}
    with running_twin(tmp_path_factory.mktemp("narrow"), settings) as twin:
        yield twin


@pytest.mark.parametrize("stream", [False, True])
def test_a_wrong_key(twin: Twin, model: str, question: Question, stream: bool) -> None:
    with connected(twin, key="wrong" * 8) as client, pytest.raises(openai.AuthenticationError) as e:
        client.chat.completions.create(model=model, messages=question, stream=stream)

    facts = ERROR_TABLE[Unauthorized]
    assert (e.value.status_code, e.value.code, e.value.type) == (401, facts.code, facts.type)
    assert "unknown" in e.value.message


def test_no_key(twin: Twin) -> None:
    with connected(twin) as client, pytest.raises(openai.AuthenticationError, match="No API key"):
        client.get(
            "/models",
            cast_to=object,
            options={"headers": {"Authorization": openai.Omit()}},
        )


@pytest.mark.parametrize("stream", [False, True])
def test_another_model(client: openai.OpenAI, question: Question, stream: bool) -> None:
    with pytest.raises(openai.NotFoundError) as e:
        client.chat.completions.create(model="gpt-4o", messages=question, stream=stream)

    assert (e.value.code, e.value.param) == ("model_not_found", "model")


def test_another_route(client: openai.OpenAI, model: str) -> None:
    with pytest.raises(openai.NotFoundError) as e:
        client.embeddings.create(model=model, input="text")

    assert e.value.code == "route_not_found"


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"temperature": 3}, "temperature", "invalid_value"),
        ({"max_tokens": 0}, "max_tokens", "invalid_value"),
        ({"messages": [{"role": "pope", "content": "Urbi"}]}, "messages[0].role", "invalid_value"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"n": 2}, "n", "unsupported_parameter"),
        ({"extra_body": {"colour": "red"}}, "colour", "unknown_parameter"),
        ({"top_logprobs": 2}, "top_logprobs", "invalid_value"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
    ],
)
def test_a_bad_field_is_named(
    client: openai.OpenAI,
    model: str,
    question: Question,
    fields: dict[str, object],
    param: str,
    code: str,
) -> None:
    with pytest.raises(openai.BadRequestError) as e:
        client.chat.completions.create(**({"model": model, "messages": question} | fields))

    assert (e.value.param, e.value.code, e.value.type) == (param, code, "invalid_request_error")
    assert param in e.value.message


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_over_the_context(client: openai.OpenAI, model: str, stream: bool) -> None:
    with pytest.raises(openai.BadRequestError) as e:
        client.chat.completions.create(
            model=model,
            messages=[{"role": "user", "content": "word " * 6000}],
            stream=stream,
        )

    assert e.value.code == "context_length_exceeded"


def test_a_rate_limit(narrow_twin: Twin) -> None:
    with connected(narrow_twin) as client, pytest.raises(openai.RateLimitError) as e:
        for _ in range(20):
            client.models.list()

    assert e.value.code == "rate_limit_exceeded"
    assert e.value.response.headers["retry-after"] == "1"


def test_a_retry_after_the_rate_limit_succeeds(narrow_twin: Twin) -> None:
    with connected(narrow_twin, max_retries=3) as client:
        # Two come within a second, unless the machine is busy: then the next two do.
        answers = (client.models.with_raw_response.list() for _ in range(20))
        retried = next(answer for answer in answers if answer.retries_taken)

    assert retried.status_code == 200


def test_a_model_that_dies_in_the_midst(narrow_twin: Twin, question: Question) -> None:
    """The stream ends with an error event, which the client raises; then all is as before."""
    with connected(narrow_twin, max_retries=5) as client:
        model = client.models.list().data[0].id
        stream = client.chat.completions.create(model=model, **LONG_REQUEST, stream=True)
        next(stream)
        [model_process] = children(narrow_twin.pid)
        os.kill(model_process, signal.SIGKILL)

        with pytest.raises(openai.APIError) as e:
            list(stream)
        assert e.value.code in {"model_failed", "endpoint_unavailable"}

        assert settled(lambda: _answers(client.with_options(max_retries=0), model, question))


def _answers(client: openai.OpenAI, model: str, question: Question) -> bool:
    time.sleep(1)  # the throttle's pace
    try:
        return bool(
            client.chat.completions.create(model=model, messages=question, max_tokens=1).choices
        )
    except openai.APIStatusError as error:
        assert error.status_code in {502, 503}
        return False
