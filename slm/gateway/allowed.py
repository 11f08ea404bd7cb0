"""What may stand at a path in a body, read from its type: for messages that say what is allowed.

A path has OpenAI's notation: ``messages[0].content``.
"""

import re
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec

_STEP: Final = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def steps(path: str) -> list[tuple[str, str]]:
    """The steps of a path: each an index or a name, the other being empty."""
    return _STEP.findall(path)


def fields_at(kind: type[msgspec.Struct], path: str) -> list[str]:
    """The fields that an object at a path may have; none where any may stand."""
    return [
        field.name
        for found in _types_at(kind, path)
        if _is_struct(found)
        for field in msgspec.structs.fields(found)
    ]


def values_at(kind: type[msgspec.Struct], path: str) -> list[str]:
    """The texts that may stand at a path; none where any may."""
    return [
        value
        for found in _types_at(kind, path)
        if get_origin(found) is Literal
        for value in get_args(found)
    ]


def _types_at(kind: type[msgspec.Struct], path: str) -> list[Any]:
    types: list[Any] = [kind]
    for index, name in steps(path):
        types = [inner for outer in types for inner in _types_inside(outer, index, name)]
    return types


def _types_inside(outer: Any, index: str, name: str) -> list[Any]:
    """The types that an item or a field of a type may have."""
    if name and _is_struct(outer):
        types = {field.name: field.type for field in msgspec.structs.fields(outer)}
        return _members(types[name]) if name in types else []
    if index and get_origin(outer) is list:
        return _members(get_args(outer)[0])
    return []


def _members(declared: Any) -> list[Any]:
    """The types of a union, without what they are annotated with."""
    if get_origin(declared) is Annotated:
        return _members(get_args(declared)[0])
    if get_origin(declared) in {Union, UnionType}:
        return [member for part in get_args(declared) for member in _members(part)]
    return [declared]


def _is_struct(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, msgspec.Struct)
