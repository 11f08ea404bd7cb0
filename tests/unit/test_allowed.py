"""What the types of bodies allow at a path."""

import pytest

from slm.gateway.allowed import fields_at, steps, values_at
from slm.gateway.bodies import ChatRequest, InvokeRequest


def test_steps_are_indices_and_names() -> None:
    assert steps("messages[10].content") == [("", "messages"), ("10", ""), ("", "content")]
    assert steps("") == []


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("", ["prompt", "parameters", "stream", "apply_chat_template"]),
        ("prompt", []),
        ("nowhere", []),
        ("parameters[0]", []),
    ],
)
def test_fields_of_a_prompt(path: str, fields: list[str]) -> None:
    assert fields_at(InvokeRequest, path) == fields


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("messages[0].content[3]", ["type", "text"]),
        ("messages[0].tool_calls[0].function", ["name", "arguments"]),
        ("tool_choice", ["type", "function"]),
        ("response_format.json_schema.schema.properties", []),
    ],
)
def test_fields_within_lists_unions_and_free_objects(path: str, fields: list[str]) -> None:
    assert fields_at(ChatRequest, path) == fields


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("tool_choice", ["none", "auto", "required"]),
        ("messages[0].content[0].type", ["text"]),
        ("messages[0].content", []),
    ],
)
def test_values_are_those_of_the_literals_only(path: str, values: list[str]) -> None:
    assert values_at(ChatRequest, path) == values
