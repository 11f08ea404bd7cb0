"""From bytes to a request: what is refused, and what the refusal says."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slm.errors import InvalidRequest
from slm.gateway.bodies import ChatRequest, CompletionRequest, InvokeRequest
from slm.gateway.validation import decode
from slm.limits import MAX_JSON_DEPTH

CHAT = {"messages": [{"role": "user", "content": "hi"}]}


def refused(body: Any, kind: type[msgspec.Struct] = InvokeRequest) -> InvalidRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(InvalidRequest) as caught:
        decode(raw, kind)
    return caught.value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"{",
        b"nonsense",
        b'{"prompt": NaN}',
        b'{"prompt": "a\x00"}',
        b"\xff\xfe{\x00}",
    ],
)
def test_not_json(body: bytes) -> None:
    error = refused(body)
    assert "JSON" in error.message
    assert error.param is None


@pytest.mark.parametrize(
    ("parameters", "param", "words"),
    [
        ({"max_new_tokens": 0}, "parameters.max_new_tokens", ">= 1; came: 0"),
        ({"max_new_tokens": "5"}, "parameters.max_new_tokens", 'expected int, got str; came: "5"'),
        ({"max_new_tokens": True}, "parameters.max_new_tokens", "got bool"),
        ({"max_new_tokens": 0.0}, "parameters.max_new_tokens", ">= 1"),
        ({"max_new_tokens": 1.5}, "parameters.max_new_tokens", "came: 1.5"),
        ({"temperature": -0.1}, "parameters.temperature", ">= 0"),
        ({"temperature": 2.1}, "parameters.temperature", "<= 2"),
        ({"top_p": 0}, "parameters.top_p", ">= 1e-06"),
        ({"top_p": 1.01}, "parameters.top_p", "<= 1"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "parameters.stop", "length <= 4"),
        ({"stop": [1]}, "parameters.stop[0]", "expected str, got int"),
        ({"stop": ""}, "parameters.stop", "length >= 1"),
        ({"seed": -1}, "parameters.seed", ">= 0"),
        ({"max_tokens": 5}, "parameters.max_tokens", "no such field"),
    ],
)
def test_message_names_field_value_and_range(
    parameters: dict[str, Any], param: str, words: str
) -> None:
    error = refused({"prompt": "x", "parameters": parameters})
    assert error.param == param
    assert error.message.startswith(f"{param}: ")
    assert words in error.message


def test_a_whole_number_may_be_written_with_a_point() -> None:
    asked = decode(b'{"prompt": "x", "parameters": {"seed": 5.0, "top_p": 1.0}}', InvokeRequest)
    assert asked.parameters.seed == 5
    assert isinstance(asked.parameters.seed, int)


def test_unknown_parameters_name_the_known_ones() -> None:
    message = refused({"prompt": "x", "parameters": {"max_tokens": 1}}).message
    assert "max_new_tokens" in message


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"messages": [{"role": "pope"}]}, "Allowed: system, developer, user, assistant, tool."),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            'came: "image_url". Allowed: text.',
        ),
        ({"tool_choice": "any"}, "Allowed: none, auto, required."),
        ({"messages": [{"role": "user", "text": "x"}]}, "Allowed: role, content, name,"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "x": 1}]}]}, "type, text."),
        ({"tools": [{"type": "function", "function": {"name": "f", "x": 1}}]}, "Allowed: name,"),
        ({"logit_bias": {"1": "x"}}, 'came: {"1":"x"}.'),
    ],
)
def test_what_is_allowed_is_named_at_any_depth(fields: dict[str, Any], words: str) -> None:
    assert words in refused(CHAT | fields, ChatRequest).message


def test_a_long_name_is_not_sent_back() -> None:
    error = refused({"prompt": "x", "a" * 100_000: 1})
    assert len(error.message) < 300
    assert len(error.param or "") < 100


def test_missing_and_unknown_fields_at_the_top() -> None:
    assert refused({}).param == "prompt"
    assert refused({}).code == "missing_required_parameter"
    unknown = refused({"prompt": "x", "promt": "y"})
    assert (unknown.param, unknown.code) == ("promt", "unknown_parameter")
    assert "prompt, parameters, stream, apply_chat_template" in unknown.message


def test_array_instead_of_object() -> None:
    assert "must be a JSON object" in refused([1]).message


def test_nested_as_deep_as_allowed_and_one_deeper() -> None:
    def nested(depth: int) -> bytes:
        schema = '{"a":' * depth + "1" + "}" * depth
        before = f'{{"messages": {json.dumps(CHAT["messages"])}, "response_format": '
        return (
            f'{before}{{"type": "json_schema", "json_schema": {{"schema": {schema}}}}}}}'.encode()
        )

    decode(nested(MAX_JSON_DEPTH - 4), ChatRequest)
    assert "nested deeper" in refused(nested(MAX_JSON_DEPTH), ChatRequest).message
    assert "nested deeper" in refused(b"[" * 100_000, ChatRequest).message


def test_nul_characters_are_refused_where_they_are_and_only_there() -> None:
    assert "NUL" in refused(b'{"prompt": "a\\u0000b"}').message
    assert (
        "NUL"
        in refused(
            b'{"messages": [{"role": "user", "content": "x"}], "response_format": {"\\u0000": 1}}',
            ChatRequest,
        ).message
    )
    assert decode(rb'{"prompt": "a \\u0000 b"}', InvokeRequest).prompt == r"a \u0000 b"


def test_message_shortens_what_came() -> None:
    error = refused({"prompt": "x", "parameters": {"seed": "9" * 10_000}})
    assert len(error.message) < 300


@pytest.mark.parametrize(
    "message",
    [
        {"role": "wizard", "content": "x"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]},
        {"role": "user", "content": 5},
        {"role": "user", "content": "x", "colour": "red"},
        {"content": "x"},
    ],
)
def test_bad_chat_messages(message: dict[str, Any]) -> None:
    error = refused({"messages": [message]}, ChatRequest)
    assert error.param is not None
    assert error.param.startswith("messages[0]")


def test_an_answer_may_be_sent_back_as_it_came() -> None:
    answer = {
        "role": "assistant",
        "content": "Paris.",
        "refusal": None,
        "annotations": [],
        "audio": None,
        "function_call": None,
        "tool_calls": None,
    }
    assert decode(json.dumps({"messages": [answer]}).encode(), ChatRequest).messages[0].content


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
_KINDS = st.sampled_from([InvokeRequest, ChatRequest, CompletionRequest])


@given(body=st.binary(max_size=200), kind=_KINDS)
def test_any_bytes_are_taken_or_refused(body: bytes, kind: type[msgspec.Struct]) -> None:
    try:
        decode(body, kind)
    except InvalidRequest as error:
        assert error.message


@given(
    fields=st.dictionaries(
        st.sampled_from([*ChatRequest.__struct_fields__, *InvokeRequest.__struct_fields__]), _JSON
    ),
    kind=_KINDS,
)
def test_any_values_in_known_fields_are_taken_or_refused(
    fields: dict[str, Any], kind: type[msgspec.Struct]
) -> None:
    valid = {"messages": CHAT["messages"], "prompt": "x"}
    names = set(kind.__struct_fields__)
    body = {name: value for name, value in (valid | fields).items() if name in names}
    try:
        decode(json.dumps(body).encode("utf-8", "surrogatepass"), kind)
    except InvalidRequest as error:
        assert error.message


@given(
    max_new_tokens=st.integers(1, 1_000_000),
    temperature=st.floats(0, 2),
    top_p=st.floats(0.000001, 1),
    prompt=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
)
def test_all_that_is_in_range_is_taken(
    max_new_tokens: int, temperature: float, top_p: float, prompt: str
) -> None:
    parameters = {"max_new_tokens": max_new_tokens, "temperature": temperature, "top_p": top_p}
    body = json.dumps({"prompt": prompt, "parameters": parameters}).encode()
    asked = decode(body, InvokeRequest)
    assert asked.prompt == prompt
    assert asked.parameters.max_new_tokens == max_new_tokens
