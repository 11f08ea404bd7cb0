"""How large a JSON Schema may be: an engine makes a grammar of it before it generates.

llama.cpp's grammar of an object with thousands of optional properties takes minutes of one
core, and goes on when the client has left; so does that of a pattern with hundreds of optional
parts.
"""

from typing import Any

import msgspec

from slm.errors import InvalidRequest
from slm.gateway.pattern_size import optional_parts
from slm.limits import (
    MAX_PATTERN_OPTIONAL_PARTS,
    MAX_SCHEMA_BYTES,
    MAX_SCHEMA_PROPERTIES,
    MAX_SCHEMA_VALUES,
)


def check_size(param: str, value: Any) -> None:
    """Refuse what takes too long to compile.

    Args:
        param: The request field, for the message.
        value: What it holds; None is fine.

    Raises:
        InvalidRequest: Too many bytes, properties or values, or a pattern that is too loose.
    """
    if value is None:
        return
    size = len(msgspec.json.encode(value))
    if size > MAX_SCHEMA_BYTES:
        raise _too_large(param, f"{size} bytes", f"{MAX_SCHEMA_BYTES} bytes")
    properties = 0
    pending = [value]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            if isinstance(declared := node.get("properties"), dict):
                properties += len(declared)
            for name in ("enum", "anyOf", "oneOf", "allOf"):
                if isinstance(items := node.get(name), list) and len(items) > MAX_SCHEMA_VALUES:
                    raise _too_large(param, f"{len(items)} values", f"{MAX_SCHEMA_VALUES} values")
            if isinstance(pattern := node.get("pattern"), str):
                _check_pattern(param, pattern)
            pending += node.values()
    if properties > MAX_SCHEMA_PROPERTIES:
        raise _too_large(
            param, f"{properties} properties", f"{MAX_SCHEMA_PROPERTIES} properties in all"
        )


def _check_pattern(param: str, pattern: str) -> None:
    if (alternatives := pattern.count("|") + 1) > MAX_SCHEMA_VALUES:
        raise _too_large(
            param,
            f"a pattern with {alternatives} alternatives",
            f"{MAX_SCHEMA_VALUES} alternatives",
        )
    # The number may have thousands of digits: it is not shown.
    if optional_parts(pattern) > MAX_PATTERN_OPTIONAL_PARTS:
        raise _too_large(
            param, "a pattern with too many optional parts", str(MAX_PATTERN_OPTIONAL_PARTS)
        )


def _too_large(param: str, came: str, allowed: str) -> InvalidRequest:
    return InvalidRequest(
        f"{param}: {came}, but at most {allowed} are taken. Make the schema smaller.",
        param=param,
        code="schema_too_large",
    )
