"""How large a schema may be."""

from pathlib import Path
from typing import Any

import pytest

from slm.errors import InvalidRequest
from slm.gateway.schema_size import check_size
from slm.limits import (
    MAX_PATTERN_OPTIONAL_PARTS,
    MAX_SCHEMA_BYTES,
    MAX_SCHEMA_PROPERTIES,
    MAX_SCHEMA_VALUES,
)

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"


def schema_of(count: int) -> dict[str, Any]:
    return {"type": "object", "properties": {f"k{n}": {"type": "string"} for n in range(count)}}


def test_as_large_as_allowed() -> None:
    check_size("tools", None)
    check_size("tools", [schema_of(MAX_SCHEMA_PROPERTIES)])
    check_size("response_format", {"enum": list(range(MAX_SCHEMA_VALUES))})
    check_size("response_format", {"pattern": "a?" * MAX_PATTERN_OPTIONAL_PARTS})
    check_size("response_format", {"pattern": "|".join("a" * MAX_SCHEMA_VALUES)})
    check_size("response_format", {"properties": {"pattern": {"type": "string"}}})


def test_the_page_for_clients_has_the_limits() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"{MAX_SCHEMA_BYTES // 1024} KiB, {MAX_SCHEMA_PROPERTIES} properties" in page
    assert f"{MAX_SCHEMA_VALUES} values of an `enum` or `anyOf`" in page
    assert f"{MAX_SCHEMA_VALUES} alternatives and {MAX_PATTERN_OPTIONAL_PARTS} parts" in page


@pytest.mark.parametrize(
    "value",
    [
        schema_of(MAX_SCHEMA_PROPERTIES + 1),
        {"items": [schema_of(MAX_SCHEMA_PROPERTIES), schema_of(1)]},
        {"not": {"enum": list(range(MAX_SCHEMA_VALUES + 1))}},
        {"anyOf": [{}] * (MAX_SCHEMA_VALUES + 1)},
        {"const": "x" * MAX_SCHEMA_BYTES},
        {"items": {"pattern": "a?" * (MAX_PATTERN_OPTIONAL_PARTS + 1)}},
        {"pattern": "(a?){0,999999999}" * 1000},
        {"pattern": "(" * 4000 + "a?" + "){999999999}" * 4000},
        {"pattern": "|".join("a" * (MAX_SCHEMA_VALUES + 1))},
    ],
)
def test_larger(value: object) -> None:
    with pytest.raises(InvalidRequest, match="at most") as caught:
        check_size("response_format", value)
    assert caught.value.param == "response_format"
    assert len(caught.value.message) < 200
