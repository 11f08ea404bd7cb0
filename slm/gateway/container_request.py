"""From the fields of a checked request to the body for the configured engine's container.

What the engine cannot honour is refused here, with the field's name; never dropped.
"""

from collections.abc import Mapping
from typing import Any, Final

from slm.engines import Engine
from slm.errors import InvalidRequest
from slm.gateway.schema_size import check_size

OFF_VALUES: Final[Mapping[str, object]] = {
    "n": 1,
    "best_of": 1,
    "echo": False,
    "suffix": "",
    "frequency_penalty": 0,
    "presence_penalty": 0,
    "repetition_penalty": 1,
    "logit_bias": {},
    "logprobs": False,
    "top_logprobs": 0,
    "min_p": 0,
    "typical_p": 1,
    "response_format": {"type": "text"},
    "tools": [],
    "tool_choice": "none",
    "parallel_tool_calls": True,
    "store": False,
    "service_tier": "auto",
    "modalities": ["text"],
}
"""Values that ask for nothing: taken even where the engine does not know the field."""

LABELS: Final = frozenset({"user", "safety_identifier", "metadata", "prompt_cache_key"})
"""Fields that ask nothing of a model: an application's own notes on who is asking, for what."""

OUR_FIELDS: Final = frozenset({"model", "stream", "stream_options", "max_completion_tokens"})
"""Fields of ``/v1`` that the gateway answers itself, the same for every engine."""


def asks_nothing(name: str, value: object) -> bool:
    """Whether a field is absent, or has the value that asks for nothing."""
    return value is None or (name in OFF_VALUES and _same(value, OFF_VALUES[name]))


def container_request(
    engine: Engine, form: Mapping[str, str], values: Mapping[str, Any]
) -> dict[str, Any]:
    """A request for a stream, under the container's names.

    Args:
        engine: The configured engine.
        form: Its ``chat_fields`` or ``completion_fields``.
        values: Request fields by their own names; None counts as absent.

    Raises:
        InvalidRequest: The engine cannot honour a field.
    """
    body: dict[str, Any] = {}
    greedy = values.get("temperature") == 0
    for name, value in values.items():
        if value is None or name in LABELS:
            continue
        if name in engine.omit_at and _same(value, engine.omit_at[name]):
            continue
        if greedy and name in engine.omit_when_greedy:
            continue
        if name not in form:
            if asks_nothing(name, value):
                continue
            raise _refusal(engine, name, f"It honours: {', '.join(sorted(form))}.")
        body[form[name]] = value
    if isinstance(body.get("stop"), str):
        body["stop"] = [body["stop"]]  # TGI takes a list only
    if "response_format" in body:
        body["response_format"] = _response_format(engine, body["response_format"])
    _check_together(engine, values)
    for name in ("response_format", "tools"):
        check_size(name, body.get(name))
    # Always a stream, and always the token counts; the gateway puts whole answers together.
    body["stream"] = True
    if "stream_options" in form:
        body["stream_options"] = {"include_usage": True}
    return {**body, **engine.running_counts}


def _check_together(engine: Engine, values: Mapping[str, Any]) -> None:
    """Refuse fields that each are good, and do not go with one another."""
    choice = values.get("tool_choice") or "none"
    if choice != "none" and not values.get("tools"):
        raise InvalidRequest(
            "tool_choice: there are no tools to choose from.",
            param="tool_choice",
            code="invalid_value",
        )
    if isinstance(choice, dict) and not engine.named_tool_choice:
        raise _refusal(engine, "tool_choice", 'It takes "none", "auto" or "required" only.')
    for one, other in engine.never_together:
        if not any(asks_nothing(name, values.get(name)) for name in (one, other)):
            raise _refusal(engine, other, f"It cannot with {one}.")


def _response_format(engine: Engine, asked: Mapping[str, Any]) -> dict[str, Any]:
    """``response_format`` in the engine's form.

    OpenAI's is ``{"type": "json_schema", "json_schema": {"name": ..., "schema": {...}}}``.
    """
    kind = asked.get("type")
    if not isinstance(kind, str) or kind not in engine.response_formats:
        types = ", ".join(f'"{name}"' for name in engine.response_formats)
        raise _refusal(engine, "response_format", f"It honours the types: {types}.")
    key = engine.response_formats[kind]
    if key is None:
        return {"type": kind}
    schema = asked.get("json_schema")
    if schema is None:
        raise InvalidRequest(
            'response_format: with type "json_schema", json_schema.schema must hold the schema.',
            param="response_format",
            code="invalid_value",
        )
    return {"type": kind, key: schema}


def _refusal(engine: Engine, name: str, allowed: str) -> InvalidRequest:
    return InvalidRequest(
        f"{name}: engine {engine.name} cannot honour this here. Leave it out, or deploy "
        f"another engine. {allowed}",
        param=name,
        code="unsupported_parameter",
    )


def _same(value: object, other: object) -> bool:
    """Equal, and not 0 for False: they ask for different things."""
    return value == other and isinstance(value, bool) == isinstance(other, bool)
