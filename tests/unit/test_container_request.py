"""What a container is asked, and what its engine cannot be asked."""

from typing import Any

import pytest

from slm.engines import ENGINES, LLAMA_CPP, TGI, VLLM, Engine
from slm.errors import InvalidRequest
from slm.gateway.container_request import container_request

ASK = {"stream": True, "stream_options": {"include_usage": True}}
SCHEMA = {"name": "n", "schema": {"type": "object"}}

FORMAT = {"type": "json_schema", "json_schema": SCHEMA}
TOOL = {"type": "function", "function": {"name": "f"}}


def chat(engine: Engine, **values: Any) -> dict[str, Any]:
    return container_request(engine, engine.chat_fields, values)


def refused(engine: Engine, **values: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        chat(engine, **values)
    assert engine.name in caught.value.message
    return caught.value


@pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.name)
def test_always_asks_for_a_stream_and_its_usage(engine: Engine) -> None:
    assert chat(engine) == ASK | engine.running_counts


def test_completions_ask_for_usage_only_where_they_can() -> None:
    assert container_request(TGI, TGI.completion_fields or {}, {}) == {"stream": True}
    assert container_request(VLLM, VLLM.completion_fields or {}, {}) == ASK


def test_refuses_what_the_engine_cannot_do_and_names_the_way_out() -> None:
    error = refused(TGI, top_k=5)
    assert error.param == "top_k"
    assert "deploy another engine" in error.message


@pytest.mark.parametrize(
    ("name", "value"),
    [("n", 1), ("min_p", 0), ("store", False), ("top_k", None), ("presence_penalty", 0.0)],
)
def test_takes_values_that_ask_for_nothing(name: str, value: object) -> None:
    assert chat(TGI, **{name: value}) == ASK


@pytest.mark.parametrize(
    ("engine", "off", "on"),
    [
        (TGI, {"response_format": {"type": "text"}}, {"response_format": FORMAT}),
        (LLAMA_CPP, {"logprobs": False}, {"logprobs": True}),
    ],
)
def test_refuses_what_the_engine_cannot_do_together(
    engine: Engine, off: dict[str, Any], on: dict[str, Any]
) -> None:
    error = refused(engine, tools=[TOOL], **on)
    assert error.param == next(iter(on))
    assert "with tools" in error.message
    chat(engine, tools=[TOOL], **off)
    chat(engine, tools=[], **on)
    chat(engine, **on)


def test_true_is_not_one_and_zero_is_not_false() -> None:
    refused(TGI, store=True)
    refused(TGI, store=0)


def test_uses_the_containers_names() -> None:
    asked = chat(LLAMA_CPP, repetition_penalty=1.1)
    assert asked == {"repeat_penalty": 1.1} | ASK | LLAMA_CPP.running_counts


def test_leaves_out_a_value_that_the_container_refuses() -> None:
    assert chat(TGI, top_p=1.0) == ASK
    assert chat(TGI, top_p=0.5) == {"top_p": 0.5} | ASK


def test_leaves_out_what_would_make_a_greedy_request_sample() -> None:
    assert chat(TGI, top_p=0.5, temperature=0) == {"temperature": 0} | ASK


def test_labels_are_taken_and_not_passed_on() -> None:
    assert chat(TGI, user="someone") == ASK


class TestResponseFormat:
    def test_in_openais_form(self) -> None:
        asked = {"type": "json_schema", "json_schema": SCHEMA}
        assert chat(VLLM, response_format=asked)["response_format"] == asked

    def test_in_tgis_form(self) -> None:
        asked = {"type": "json_schema", "json_schema": SCHEMA}
        sent = chat(TGI, response_format=asked)["response_format"]
        assert sent == {"type": "json_schema", "value": SCHEMA}

    @pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda engine: engine.name)
    def test_text_asks_for_nothing(self, engine: Engine) -> None:
        sent = chat(engine, response_format={"type": "text"})
        assert sent.get("response_format", {"type": "text"}) == {"type": "text"}

    @pytest.mark.parametrize("asked", [{}, {"type": "grammar"}, {"type": ["text"]}])
    def test_unknown_type(self, asked: dict[str, Any]) -> None:
        assert refused(LLAMA_CPP, response_format=asked).param == "response_format"

    def test_without_a_schema(self) -> None:
        with pytest.raises(InvalidRequest, match="must hold the schema"):
            chat(LLAMA_CPP, response_format={"type": "json_schema"})


def test_tool_choice_by_name_where_the_engine_can() -> None:
    choice = {"type": "function", "function": {"name": "f"}}
    tools = [{"type": "function", "function": {"name": "f"}}]
    assert chat(VLLM, tools=tools, tool_choice=choice)["tool_choice"] == choice
    assert refused(LLAMA_CPP, tools=tools, tool_choice=choice).param == "tool_choice"


@pytest.mark.parametrize("choice", ["auto", "required", {"type": "function"}])
def test_tool_choice_without_tools(choice: object) -> None:
    with pytest.raises(InvalidRequest, match="no tools"):
        chat(VLLM, tool_choice=choice)


def test_one_call_at_a_time_is_all_that_tgi_does() -> None:
    assert chat(TGI, parallel_tool_calls=False) == ASK
    assert chat(VLLM, parallel_tool_calls=False)["parallel_tool_calls"] is False


def test_stop_is_always_a_list() -> None:
    assert chat(TGI, stop="x")["stop"] == chat(TGI, stop=["x"])["stop"] == ["x"]
