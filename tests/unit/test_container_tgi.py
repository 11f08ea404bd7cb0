"""What TGI's container takes and gives, in all three forms."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slm.engines import TGI
from slm.errors import InvalidRequest, ModelOverloaded, SlmError
from slm.gateway.container_request import OUR_FIELDS
from slm.gateway.sse import data_of
from slm.local.containers.context_limits import AnswerTooLong, PromptTooLong
from slm.local.containers.contract import Call
from slm.local.containers.tgi import ChatRequest, CompletionRequest, TgiContract
from tests.unit.fake_llama import SPEC, event

pytestmark = pytest.mark.anyio

CONTRACT = TgiContract(SPEC)
MESSAGES = [{"role": "user", "content": "Hi"}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def read(body: Any) -> Call:
    return CONTRACT.read(json.dumps(body).encode())


def asked(body: Any) -> dict[str, Any]:
    """What llama.cpp is asked, but for what every request has."""
    common = {"stream", "stream_options", "n_probs"}
    return {n: v for n, v in read(body).make_body().items() if n not in common}


@pytest.mark.parametrize(
    ("body", "route"),
    [
        ({"inputs": "Hi"}, "/completion"),
        ({"messages": MESSAGES}, "/v1/chat/completions"),
        ({"prompt": "Hi"}, "/v1/completions"),
        ({"inputs": "Hi", "messages": MESSAGES, "prompt": "Hi"}, "/completion"),
        ({"messages": MESSAGES, "prompt": "Hi"}, "/v1/chat/completions"),
    ],
)
def test_the_fields_tell_the_forms_apart(body: dict[str, Any], route: str) -> None:
    call = read(body)
    assert call.route == route
    assert call.make_body()["stream"] is True


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (None, {}),
        ({}, {"temperature": 0}),
        ({"do_sample": True}, {}),
        ({"do_sample": True, "temperature": 0.5}, {"temperature": 0.5}),
        ({"temperature": 0.5}, {"temperature": 0.5}),
        ({"temperature": 1.0}, {"temperature": 0}),
        ({"top_k": 5}, {"top_k": 5}),
        ({"top_p": 0.5, "typical_p": 0.4}, {"top_p": 0.5, "typical_p": 0.4}),
        (
            {"repetition_penalty": 1.1, "frequency_penalty": 0.5},
            {"temperature": 0, "repeat_penalty": 1.1, "frequency_penalty": 0.5},
        ),
        (
            {"max_new_tokens": 7, "stop": ["."], "seed": 3},
            {"temperature": 0, "n_predict": 7, "stop": ["."], "seed": 3},
        ),
        (
            {"grammar": {"type": "json", "value": SCHEMA}},
            {"temperature": 0, "json_schema": SCHEMA},
        ),
        (
            {"grammar": {"type": "json", "value": json.dumps(SCHEMA)}},
            {"temperature": 0, "json_schema": SCHEMA},
        ),
        ({"watermark": False, "best_of": None, "unheard_of": 1}, {"temperature": 0}),
    ],
)
def test_generate_parameters_become_llamas(
    parameters: dict[str, Any] | None, expected: dict[str, Any]
) -> None:
    body = {"inputs": "Hi"} | ({} if parameters is None else {"parameters": parameters})
    assert asked(body) == {"prompt": "Hi"} | expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {}),
        ({"temperature": 0}, {"temperature": 0}),
        ({"temperature": 0.7, "top_p": 0.9}, {"temperature": 0.7, "top_p": 0.9}),
        ({"max_tokens": 5}, {"n_predict": 5}),
        ({"max_completion_tokens": 5}, {"n_predict": 5}),
        ({"presence_penalty": -0.5}, {"repeat_penalty": 1.5}),
        ({"logprobs": True, "top_logprobs": 2}, {"logprobs": True, "top_logprobs": 2}),
        (
            {"response_format": {"type": "json_schema", "value": {"schema": SCHEMA}}},
            {"json_schema": SCHEMA},
        ),
        ({"response_format": {"type": "json_object", "value": SCHEMA}}, {"json_schema": SCHEMA}),
        (
            {"tools": [{"a": 1}], "tool_choice": "auto"},
            {"tools": [{"a": 1}], "tool_choice": "auto"},
        ),
        ({"tool_choice": "none"}, {}),
        ({"model": "whatever", "n": 3, "top_k": 5, "repetition_penalty": 1.1}, {}),
    ],
)
def test_chat_fields_become_llamas_and_the_unknown_are_ignored(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert asked({"messages": MESSAGES} | fields) == {"messages": MESSAGES} | expected


def test_completion_fields_become_llamas() -> None:
    body = {"prompt": "Hi", "max_tokens": 5, "repetition_penalty": 1.1, "temperature": 0}
    expected = {"prompt": "Hi", "n_predict": 5, "repeat_penalty": 1.1, "temperature": 0}
    assert asked(body) == expected
    assert asked(body | {"prompt": ["Hi"]}) == expected


def test_a_stream_counts_tokens_when_it_is_asked_to() -> None:
    streamed = {"messages": MESSAGES, "stream": True}
    plain, counted = (
        read(streamed | extra).make_body()["stream_options"]
        for extra in ({}, {"stream_options": {"include_usage": True}})
    )
    assert plain == {"include_usage": False}
    assert counted == {"include_usage": True}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"inputs": NaN}', 400),
        (b"\xff", 400),
        (b'{"a": ' + b"[" * 100_000, 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"inputs": 1}', 422),
        (b'{"messages": "Hi"}', 422),
        (b'{"messages": [], "stream": null}', 422),
        # TGI takes a list only, where OpenAI also takes one string.
        (b'{"messages": [], "stop": "."}', 422),
        (b'{"prompt": "Hi", "stop": "."}', 422),
        # TGI's own form has "value" where OpenAI's has "json_schema".
        (
            b'{"messages": [], "response_format": {"type": "json_schema", "json_schema": {}}}',
            422,
        ),
        (b'{"messages": [], "max_tokens": -1}', 422),
        (b'{"messages": [], "max_tokens": 4294967296}', 422),
    ],
)
def test_a_body_of_no_form_is_refused_as_text(body: bytes, status: int) -> None:
    with pytest.raises(SlmError) as caught:
        CONTRACT.read(body)
    refusal = CONTRACT.refusal(caught.value)
    assert refusal.status == status
    assert refusal.content_type.startswith("text/plain")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"temperature": 0}, "`temperature` must be strictly positive"),
        ({"repetition_penalty": 0}, "`repetition_penalty`"),
        ({"frequency_penalty": 3}, "`frequency_penalty`"),
        ({"top_p": 1.0}, "`top_p` must be > 0.0 and < 1.0"),
        ({"top_p": 0}, "`top_p`"),
        ({"typical_p": 1}, "`typical_p`"),
        ({"top_k": 0}, "`top_k`"),
        ({"max_new_tokens": 0}, "`max_new_tokens`"),
        ({"stop": list("abcde")}, "up to 4 stop sequences. Given: 5"),
        ({"best_of": 2}, "`best_of`"),
        ({"watermark": True}, "`watermark`"),
        ({"grammar": {"type": "regex", "value": "a*"}}, "regex"),
        ({"grammar": {"type": "json", "value": {"type": "object"}}}, "'properties'"),
        ({"grammar": {"type": "json", "value": "{"}}, "grammar is not valid"),
        ({"grammar": {"type": "json", "value": 1}}, "grammar is not valid"),
        ({"grammar": {"type": "json_schema", "value": 1}}, "grammar is not valid"),
    ],
)
def test_values_out_of_range_are_refused_when_the_work_begins(
    parameters: dict[str, Any], words: str
) -> None:
    call = read({"inputs": "Hi", "parameters": parameters})
    with pytest.raises(InvalidRequest) as caught:
        call.make_body()
    refusal = CONTRACT.refusal(caught.value)
    assert refusal.status == 422
    answer = json.loads(refusal.body)
    assert answer["error_type"] == "validation"
    assert answer["error"].startswith("Input validation error: ")
    assert words in answer["error"]


@pytest.mark.parametrize(
    "body",
    [{"inputs": ""}, {"prompt": "Hi", "suffix": "x"}, {"prompt": ["a", "b"]}, {"prompt": []}],
)
def test_what_tgi_cannot_do_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        read(body).make_body()


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "temperature": st.floats(-1, 3),
            "top_p": st.floats(-1, 2),
            "top_k": st.integers(-5, 5),
            "max_new_tokens": st.integers(0, 9),
            "stop": st.lists(st.text(), max_size=6),
            "do_sample": st.booleans(),
        },
    )
)
def test_what_is_taken_is_in_tgis_ranges(parameters: dict[str, Any]) -> None:
    call = read({"inputs": "Hi", "parameters": parameters})
    try:
        body = call.make_body()
    except InvalidRequest:
        return
    assert body.get("temperature", 0) >= 0
    assert 0 < body.get("top_p", 0.5) < 1
    assert body.get("top_k", 1) > 0
    assert body.get("n_predict", 1) > 0
    assert len(body.get("stop", [])) <= 4


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (InvalidRequest("x"), 422, "validation"),
        (PromptTooLong(9, 8), 422, "validation"),
        (AnswerTooLong(5, 4, 8), 422, "validation"),
        (ModelOverloaded("x"), 429, "overloaded"),
        (SlmError("x"), 424, "generation"),
    ],
)
def test_errors_have_tgis_form(error: SlmError, status: int, kind: str) -> None:
    refusal = CONTRACT.refusal(error)
    assert (refusal.status, json.loads(refusal.body)["error_type"]) == (status, kind)


def test_an_error_event_has_the_form_of_the_stream_it_ends() -> None:
    error = InvalidRequest("x")
    generate = CONTRACT.error_event(error, read({"inputs": "Hi", "stream": True}))
    chat = CONTRACT.error_event(error, read({"messages": MESSAGES, "stream": True}))
    assert json.loads(data_of(generate)) == {
        "error": "Input validation error: x",
        "error_type": "validation",
    }
    first, done, _ = chat.split(b"\n\n")
    assert json.loads(data_of(first)) == {
        "error": {"message": "Input validation error: x", "http_status_code": 422}
    }
    assert data_of(done) == b"[DONE]"


@pytest.mark.parametrize(
    ("table", "form"), [(TGI.chat_fields, ChatRequest), (TGI.completion_fields, CompletionRequest)]
)
def test_the_gateways_table_asks_for_nothing_that_tgi_ignores(
    table: dict[str, str], form: type[ChatRequest | CompletionRequest]
) -> None:
    assert set(table.values()) - OUR_FIELDS <= set(form.__struct_fields__)


PARTS: list[dict[str, Any]] = [
    {
        "content": " Paris",
        "tokens": [7042],
        "stop": False,
        "completion_probabilities": [{"logprob": -0.25}],
    },
    {"content": "", "tokens": [30], "stop": False},
    {
        "content": "",
        "tokens": [],
        "stop": True,
        "stop_type": "word",
        "stopping_word": ".",
        "tokens_predicted": 2,
        "tokens_evaluated": 5,
    },
]


def ending(stop_type: str) -> list[dict[str, Any]]:
    return [*PARTS[:1], PARTS[2] | {"stop_type": stop_type, "stopping_word": ""}]


async def streamed(call: Call, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    async def chunks() -> AsyncIterator[bytes]:
        wire = b": a comment\n\n" + b"".join(event(**part) for part in parts) + b"data: [DONE]\n\n"
        for start in range(0, len(wire), 50):
            yield wire[start : start + 50]

    return [json.loads(data_of(item)) async for item in call.form.stream(chunks())]


async def test_a_generate_stream_is_one_event_a_token() -> None:
    body = {"inputs": "Capital?", "parameters": {"details": True, "seed": 1}, "stream": True}
    events = await streamed(read(body), PARTS)
    assert [item["index"] for item in events] == [1, 2, 3]
    assert events[0]["token"] == {
        "id": 7042,
        "text": " Paris",
        "logprob": -0.25,
        "special": False,
    }
    assert events[0]["generated_text"] is None
    assert events[-1]["generated_text"] == "Capital? Paris."
    assert events[-1]["details"] == {
        "finish_reason": "stop_sequence",
        "generated_tokens": 2,
        "seed": 1,
        "input_length": 5,
    }
    assert "".join(item["token"]["text"] for item in events) == " Paris."


@pytest.mark.parametrize(
    ("stop_type", "reason", "tokens"), [("eos", "eos_token", 2), ("limit", "length", 1)]
)
def test_a_whole_generate_answer_is_a_list(stop_type: str, reason: str, tokens: int) -> None:
    parameters = {"details": True, "return_full_text": False}
    call = read({"inputs": "Capital?", "parameters": parameters})
    (answer,) = call.form.whole(ending(stop_type))
    assert answer["generated_text"] == " Paris"
    assert answer["details"]["finish_reason"] == reason
    assert len(answer["details"]["tokens"]) == tokens


async def test_details_come_only_when_they_are_asked_for() -> None:
    call = read({"inputs": "Capital?", "parameters": {"return_full_text": True}})
    assert call.form.whole(ending("eos")) == [{"generated_text": "Capital? Paris"}]
    assert (await streamed(call, ending("eos")))[-1]["details"] is None
