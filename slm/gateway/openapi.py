"""``GET /openapi.json``: the description of this API, made from the types it is checked with.

What the configured engine cannot honour is left out, as it would be refused.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request

from slm import __version__, errors, routes
from slm.engines import Engine
from slm.errors import SlmError, error_body, facts_of
from slm.gateway.bodies import (
    ChatRequest,
    CompletionRequest,
    InvokeAnswer,
    InvokeRequest,
)
from slm.gateway.config import GatewayConfig
from slm.gateway.container_request import LABELS, OFF_VALUES, OUR_FIELDS
from slm.gateway.responses import Answer, JsonResponse

_REFERENCE: Final = "#/components/schemas/{name}"

_ANY_ROUTE: Final = (
    errors.RateLimited,
    errors.ModelOverloaded,
    errors.HeadersTooLarge,
    errors.InternalError,
)
_KEYED: Final = (errors.Unauthorized, errors.QuotaExceeded)
_GENERATING: Final = (
    errors.InvalidRequest,
    errors.RequestTimeout,
    errors.PayloadTooLarge,
    errors.ModelFailed,
    errors.EndpointUnavailable,
    errors.ModelTimeout,
)


class OpenApiRoute:
    """The route's handler; the document is made once."""

    def __init__(self, config: GatewayConfig, engine: Engine) -> None:
        self._document = describe(config, engine)

    async def __call__(self, request: Request) -> Answer:
        """The document."""
        return JsonResponse(self._document)


def describe(config: GatewayConfig, engine: Engine) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    _, schemas = msgspec.json.schema_components(
        [InvokeRequest, ChatRequest, CompletionRequest, InvokeAnswer], ref_template=_REFERENCE
    )
    _restrict(schemas["ChatRequest"], ChatRequest, engine, engine.chat_fields)
    if engine.completion_fields is None:
        del schemas["CompletionRequest"]
        schemas["InvokeRequest"]["properties"]["apply_chat_template"] = {"const": True}
    else:
        _restrict(schemas["CompletionRequest"], CompletionRequest, engine, engine.completion_fields)
    _restrict_response_format(schemas, engine)
    if not engine.named_tool_choice:
        choice = schemas["ChatRequest"]["properties"]["tool_choice"]
        choice["anyOf"] = [kind for kind in choice["anyOf"] if "$ref" not in kind]
    _restrict_invoke(schemas["InvokeParameters"], engine)
    for name in _BETWEEN_FIELDS.keys() & schemas:
        schemas[name]["allOf"] = list(_BETWEEN_FIELDS[name])
    schemas["ChatRequest"]["allOf"] += [_not_both(*names) for names in engine.never_together]
    _forbid_nul(schemas)
    schemas |= {
        "Error": _ERROR,
        "ChatCompletion": _answer_schema("chat.completion", "message"),
        "TextCompletion": _answer_schema("text_completion", "text"),
        "Model": _MODEL,
        "ModelList": _MODEL_LIST,
        "Health": _HEALTH,
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "slm_sagemaker",
            "version": __version__,
            "description": (
                f"{config.served_model_name} on engine {engine.name}, answered by "
                f"{config.weights}. Streams are server-sent events."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        # Relative: in AWS the API stands under a stage such as /prod.
        "servers": [{"url": "."}],
        "paths": _paths(engine),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _paths(engine: Engine) -> dict[str, Any]:
    """All routes; ``/v1/completions`` only where the engine has them."""
    operations = {
        routes.INVOKE: _generation("Complete a prompt", "InvokeRequest", "InvokeAnswer"),
        routes.CHAT_COMPLETIONS: _generation(
            "Complete a chat (OpenAI)", "ChatRequest", "ChatCompletion", errors.ModelNotFound
        ),
        routes.COMPLETIONS: _generation(
            "Complete a text (OpenAI)", "CompletionRequest", "TextCompletion", errors.ModelNotFound
        ),
        routes.MODELS: _operation("List the model", {"200": _json("ModelList")}),
        routes.MODEL: _operation(
            "Describe the model", {"200": _json("Model")}, errors.ModelNotFound
        )
        | {"parameters": [_MODEL_PARAMETER]},
        routes.HEALTH: _operation(
            "The endpoint's state", {"200": _json("Health"), "503": _json("Error")}
        ),
        routes.OPENAPI: _operation("This document", {"200": _json(None)}),
        routes.PLAYGROUND: _operation(
            "A page to try the API",
            {"200": {"description": "The page.", "content": {"text/html": {}}}},
        ),
    }
    if engine.completion_fields is None:
        del operations[routes.COMPLETIONS]
    paths: dict[str, Any] = {}
    for route, operation in operations.items():
        failures = [
            *operation.pop("failures"),
            *_ANY_ROUTE,
            *(_KEYED if route.key_required else ()),
        ]
        operation["responses"] |= _error_responses(failures)
        operation["operationId"] = _operation_id(route)
        operation["security"] = [{"apiKey": []}, {"bearer": []}] if route.key_required else []
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return paths


def _generation(summary: str, body: str, answer: str, *more: type[SlmError]) -> dict[str, Any]:
    operation = _operation(summary, {"200": _json(answer)}, *_GENERATING, *more)
    # OpenAPI 3.1 has no word for the schema of one event.
    operation["responses"]["200"]["content"]["text/event-stream"] = {}
    operation["requestBody"] = {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": _REFERENCE.format(name=body)}}},
    }
    return operation


def _operation(
    summary: str, responses: dict[str, Any], *failures: type[SlmError]
) -> dict[str, Any]:
    return {"summary": summary, "responses": responses, "failures": failures}


def _operation_id(route: routes.Route) -> str:
    words = re.sub(r"\W+", "_", route.path.removesuffix(".json")).strip("_") or "playground"
    return f"{route.method.lower()}_{words}"


def _json(schema: str | None) -> dict[str, Any]:
    content = {"$ref": _REFERENCE.format(name=schema)} if schema else {"type": "object"}
    return {"description": schema or "OK", "content": {"application/json": {"schema": content}}}


def _error_responses(failures: Iterable[type[SlmError]]) -> dict[str, Any]:
    """One response a status, with the codes that it may carry and its headers."""
    by_status: dict[str, list[type[SlmError]]] = {}
    for failure in failures:
        by_status.setdefault(str(facts_of(failure).status), []).append(failure)
    responses = {}
    for status, classes in sorted(by_status.items()):
        names = dict.fromkeys(name for c in classes for name in facts_of(c).headers)
        responses[status] = {
            **_json("Error"),
            "description": " ".join((c.__doc__ or "").strip() for c in classes),
        }
        if names:
            responses[status]["headers"] = {name: {"schema": {"type": "string"}} for name in names}
    return responses


def _restrict(
    schema: dict[str, Any],
    kind: type[msgspec.Struct],
    engine: Engine,
    honoured: Mapping[str, str],
) -> None:
    """Keep what the engine honours; what it would only take as "off" is not worth a line."""
    kept = set(honoured) | OUR_FIELDS | LABELS
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for name in list(schema["properties"]):
        if name not in kept:
            schema["properties"][name] = {
                "enum": [*_off_values(name, types[name], engine), None],
                "description": "The configured engine cannot honour this field.",
            }


def _forbid_nul(node: Any) -> None:
    """No text of a request may hold a NUL character."""
    if isinstance(node, dict):
        if node.get("type") == "string":
            node.setdefault("pattern", "^[^\\u0000]*$")
        for child in node.values():
            _forbid_nul(child)
    elif isinstance(node, list):
        for child in node:
            _forbid_nul(child)


def _off_values(name: str, field_type: Any, engine: Engine) -> list[object]:
    """The values that ask for nothing, as far as this request's field can have them."""
    values = [table[name] for table in (OFF_VALUES, engine.omit_at) if name in table]
    return [value for value in values if _fits(value, field_type)]


def _fits(value: object, field_type: Any) -> bool:
    try:
        msgspec.convert(value, field_type)
    except msgspec.ValidationError:
        return False
    return True


def _restrict_response_format(schemas: dict[str, Any], engine: Engine) -> None:
    kinds = ["text", *(kind for kind in engine.response_formats if kind != "text")]
    schemas["ResponseFormat"]["properties"]["type"] = {"enum": sorted(kinds)}
    schemas["ResponseFormat"]["allOf"] = [
        _either("type", sorted({*kinds} - {"json_schema"}), or_else={"json_schema": _OBJECT})
    ]


def _restrict_invoke(schema: dict[str, Any], engine: Engine) -> None:
    for name in ("top_k", "repetition_penalty", "frequency_penalty", "presence_penalty"):
        if name not in engine.chat_fields:
            del schema["properties"][name]


def _either(field: str, values: Sequence[object], *, or_else: dict[str, Any]) -> dict[str, Any]:
    """A rule: ``field`` is absent or one of the values, or else other fields are there."""
    return {
        "anyOf": [
            {"properties": {field: {"enum": values}}},
            {"required": list(or_else), "properties": or_else},
        ]
    }


def _not_both(*names: str) -> dict[str, Any]:
    """A rule: one of the fields is absent, or asks for nothing."""
    return {"anyOf": [{"properties": {name: {"enum": [None, OFF_VALUES[name]]}}} for name in names]}


_OBJECT: Final = {"type": "object"}

_ONLY_IN_STREAMS: Final = _either("stream_options", [None], or_else={"stream": {"const": True}})

_BETWEEN_FIELDS: Final[Mapping[str, list[dict[str, Any]]]] = {
    "InvokeParameters": [
        {
            "anyOf": [
                {"properties": {"do_sample": {"const": False}}},
                {"properties": {"temperature": {"exclusiveMinimum": 0}}},
            ]
        }
    ],
    "ChatRequest": [
        _ONLY_IN_STREAMS,
        _either("top_logprobs", [None, 0], or_else={"logprobs": {"const": True}}),
        _either("tool_choice", [None, "none"], or_else={"tools": {"type": "array", "minItems": 1}}),
        {
            "anyOf": [
                {"properties": {"max_completion_tokens": {"enum": [None]}}},
                {"properties": {"max_tokens": {"enum": [None]}}},
            ]
        },
    ],
    "CompletionRequest": [_ONLY_IN_STREAMS],
}
"""What no type of one field says; the gateway refuses what breaks these rules."""

_COUNTS: Final = ("prompt_tokens", "completion_tokens", "total_tokens")


def _answer_schema(kind: str, content: str) -> dict[str, Any]:
    choice = {
        "type": "object",
        "required": ["index", "finish_reason", content],
        "properties": {
            "index": {"type": "integer"},
            "finish_reason": {"type": ["string", "null"]},
            content: {"type": "string" if content == "text" else "object"},
        },
    }
    count = {"type": "integer", "minimum": 0}
    return {
        "type": "object",
        "required": ["id", "object", "created", "model", "choices"],
        "properties": {
            "id": {"type": "string"},
            "object": {"const": kind},
            "created": {"type": "integer"},
            "model": {"type": "string"},
            "choices": {"type": "array", "items": choice},
            "usage": {
                "type": "object",
                "properties": dict.fromkeys(
                    ("prompt_tokens", "completion_tokens", "total_tokens"), count
                ),
            },
        },
    }


def _texts(*names: str) -> dict[str, Any]:
    return {name: {"type": "string"} for name in names}


_ERROR: Final = {
    "type": "object",
    "required": list(error_body(errors.InternalError(""))),
    "properties": {
        "message": {"type": "string"},
        "error": {
            "type": "object",
            "required": list(error_body(errors.InternalError(""))["error"]),
            "properties": {
                **_texts("message", "type"),
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        },
    },
}

_HEALTH: Final = {
    "type": "object",
    "required": ["status", "endpoint_name", "message"],
    "properties": _texts("status", "endpoint_name", "message"),
}

_MODEL: Final = {
    "type": "object",
    "required": ["id", "object", "created", "owned_by", "weights"],
    "properties": {
        **_texts("id", "owned_by", "weights", "engine"),
        "object": {"const": "model"},
        "created": {"type": "integer"},
        "max_model_len": {"type": "integer"},
    },
}

_MODEL_LIST: Final = {
    "type": "object",
    "required": ["object", "data"],
    "properties": {
        "object": {"const": "list"},
        "data": {"type": "array", "items": {"$ref": _REFERENCE.format(name="Model")}},
    },
}

_MODEL_PARAMETER: Final = {
    "name": "model",
    "in": "path",
    "required": True,
    "description": "Its name, with or without slashes encoded.",
    "schema": {"type": "string", "maxLength": 512},
}
