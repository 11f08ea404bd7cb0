"""How large a schema may be."""

from typing import Any

import pytest

from slm.errors import InvalidRequest
from slm.gateway.schema_size import check_size
from slm.limits import MAX_SCHEMA_BYTES, MAX_SCHEMA_PROPERTIES, MAX_SCHEMA_VALUES


def schema_of(count: int) -> dict[str, Any]:
    return {"type": "object", "properties": {f"k{n}": {"type": "string"} for n in range(count)}}


def test_as_large_as_allowed() -> None:
    check_size("tools", None)
    check_size("tools", [schema_of(MAX_SCHEMA_PROPERTIES)])
    check_size("response_format", {"enum": list(range(MAX_SCHEMA_VALUES))})


@pytest.mark.parametrize(
    "value",
    [
        schema_of(MAX_SCHEMA_PROPERTIES + 1),
        {"items": [schema_of(MAX_SCHEMA_PROPERTIES), schema_of(1)]},
        {"not": {"enum": list(range(MAX_SCHEMA_VALUES + 1))}},
        {"anyOf": [{}] * (MAX_SCHEMA_VALUES + 1)},
        {"const": "x" * MAX_SCHEMA_BYTES},
    ],
)
def test_larger(value: object) -> None:
    with pytest.raises(InvalidRequest, match="at most") as caught:
        check_size("response_format", value)
    assert caught.value.param == "response_format"
    assert len(caught.value.message) < 200
