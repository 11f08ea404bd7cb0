"""Loaded by schemathesis: changes requests in the two ways that a schema cannot ask for.

The small model is asked for a few tokens where it would be asked for many. And a conversation that
ends with the assistant gets a word of the user: llama.cpp would continue the last message, which
it refuses for some, and JSON Schema knows no last item.
"""

from typing import Any, Final

import schemathesis

_FEW: Final = 4

_ALLOWED: Final = range(1, 1_000_001)
"""Other values are there to be refused, and stay."""


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Change a body just before it is sent."""
    body = case.body
    if not isinstance(body, dict):
        return
    if case.operation.path == "/invoke":
        parameters = body.setdefault("parameters", {})
        if isinstance(parameters, dict):
            _bound(parameters, "max_new_tokens")
    else:
        _bound(body, "max_tokens")
        if body.get("max_completion_tokens") is not None:
            _bound(body, "max_completion_tokens")
        _let_user_end(body.get("messages"))


def _bound(fields: dict[str, Any], name: str) -> None:
    value = fields.get(name)
    # True and False are numbers to Python.
    if value is None or (type(value) in {int, float} and value in _ALLOWED):
        fields[name] = _FEW


def _let_user_end(messages: Any) -> None:
    if isinstance(messages, list) and messages and _is_assistant(messages[-1]):
        messages.append({"role": "user", "content": "Go on."})


def _is_assistant(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "assistant"
