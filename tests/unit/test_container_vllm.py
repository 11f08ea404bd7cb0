"""What vLLM's container takes and gives."""

import json
from typing import Any

import pytest

from slm.engines import VLLM
from slm.errors import EndpointUnavailable, InvalidRequest, ModelFailed, ModelNotFound, SlmError
from slm.local.containers.context_limits import AnswerTooLong, PromptTooLong
from slm.local.containers.contract import Call
from slm.local.containers.vllm import VllmContract
from tests.unit.fake_llama import SPEC

CONTRACT = VllmContract(SPEC)
MESSAGES = [{"role": "user", "content": "Hi"}]


def read(body: Any) -> Call:
    return CONTRACT.read(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("body", "route"),
    [
        ({"messages": MESSAGES}, "/v1/chat/completions"),
        ({"prompt": "Hi"}, "/v1/completions"),
        ({"messages": MESSAGES, "prompt": "Hi", "model": "served"}, "/v1/chat/completions"),
    ],
)
def test_the_fields_tell_the_forms_apart(body: dict[str, Any], route: str) -> None:
    assert read(body).route == route


def test_fields_become_llamas_and_the_unknown_and_the_empty_are_ignored() -> None:
    body = {"messages": MESSAGES, "model": "served", "id_slot": 3, "seed": None}
    asked = read(body | {"repetition_penalty": 1.1, "temperature": 0}).make_body()
    asked.pop("stream_options")
    expected = {"repeat_penalty": 1.1, "temperature": 0, "stream": True}
    assert asked == {"messages": MESSAGES} | expected


def test_no_top_logprobs_are_not_asked_for() -> None:
    """vLLM takes a 0; llama.cpp wants logprobs with it."""
    assert "top_logprobs" not in read({"messages": MESSAGES, "top_logprobs": 0}).make_body()


@pytest.mark.parametrize("table", [VLLM.chat_fields, VLLM.completion_fields])
def test_no_field_of_the_gateways_table_is_lost(table: dict[str, str]) -> None:
    body = dict.fromkeys(table.values(), 1) | {
        "messages" if "messages" in table else "prompt": MESSAGES,
        "stream": True,
    }
    if "prompt" in table:
        body |= {"echo": False, "logprobs": 0}
    assert len(read(body).make_body()) == len(body)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"inputs": "Hi"}', b"\xff"])
def test_what_fits_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        CONTRACT.read(body)


@pytest.mark.parametrize("field", ["echo", "logprobs"])
def test_what_llama_cannot_do_is_refused_and_not_dropped(field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read({"prompt": "Hi", field: 1})
    assert caught.value.param == field


def test_another_model_is_not_found() -> None:
    with pytest.raises(ModelNotFound) as caught:
        read({"messages": MESSAGES, "model": "other"})
    refusal = CONTRACT.refusal(caught.value)
    assert refusal.status == 404
    assert json.loads(refusal.body)["error"] == {
        "message": "The model `other` does not exist.",
        "type": "NotFoundError",
        "param": "model",
        "code": 404,
    }


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (InvalidRequest("so it is"), 400, "so it is"),
        (PromptTooLong(9, 8), 400, "maximum context length is 8 tokens"),
        (AnswerTooLong(5, 4, 8), 400, "you requested 4 output tokens"),
        (EndpointUnavailable("so it is"), 503, "so it is"),
        (ModelFailed("so it is"), 500, "so it is"),
    ],
)
def test_errors_have_vllms_form(error: SlmError, status: int, words: str) -> None:
    refusal = CONTRACT.refusal(error)
    fields = json.loads(refusal.body)["error"]
    assert refusal.status == fields["code"] == status
    assert words in fields["message"]
    ending = CONTRACT.error_event(error, read({"messages": MESSAGES, "stream": True}))
    first, done = ending.split(b"\n\n", 1)
    assert json.loads(first.removeprefix(b"data: ")) == {"error": fields}
    assert done == b"data: [DONE]\n\n"
