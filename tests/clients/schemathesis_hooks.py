"""Loaded by schemathesis: asks the small model for a few tokens where it would ask for many."""

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


def _bound(fields: dict[str, Any], name: str) -> None:
    value = fields.get(name)
    # True and False are numbers to Python.
    if value is None or (type(value) in {int, float} and value in _ALLOWED):
        fields[name] = _FEW
