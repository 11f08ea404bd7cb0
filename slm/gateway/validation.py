"""From the bytes of a body to a typed request, or to an error that says what to mend.

The message names the field, what came and what is allowed.
"""

import re
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request

from slm.errors import InvalidRequest, PayloadTooLarge
from slm.gateway.allowed import fields_at, steps, values_at
from slm.limits import MAX_BODY_BYTES, MAX_JSON_DEPTH

_Body = TypeVar("_Body", bound=msgspec.Struct)

_MAX_SHOWN_CHARS: Final = 80
_PATH: Final = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN: Final = re.compile(r"unknown field `(?P<name>[^`]*)`")
_MISSING: Final = re.compile(r"missing required field `(?P<name>[^`]*)`")
_NOT_IN_ENUM: Final = "Invalid enum value"


async def read(request: Request, kind: type[_Body]) -> _Body:
    """The body of a request, as a request of this kind.

    Raises:
        PayloadTooLarge: The body is over MAX_BODY_BYTES; the rest is not read.
        InvalidRequest: See ``decode``.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise InvalidRequest(
            f"content-encoding: {encoding[:_MAX_SHOWN_CHARS]!r} is not taken. Send plain JSON.",
            param="content-encoding",
        )
    body = bytearray()
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
    return decode(bytes(body), kind)


def decode(body: bytes, kind: type[_Body]) -> _Body:
    """A body as a request of this kind.

    Raises:
        InvalidRequest: Not JSON, nested too deep, or a field is unknown, missing, of a wrong
            type or out of range.
    """
    if not body.strip():
        raise InvalidRequest("The body is empty: send a JSON object.")
    try:
        _check_structure(body)
        return _typed(body, kind)
    except msgspec.ValidationError as error:
        raise _explain(str(error), body, kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(error) from None
    except RecursionError:
        raise _too_deep() from None


def _typed(body: bytes, kind: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        if "got `float`" not in str(error):
            raise
        # To JSON 5.0 is a whole number, and some clients write it so.
        return msgspec.convert(_whole_numbers(msgspec.json.decode(body)), kind)


def _whole_numbers(value: Any) -> Any:
    """The value with every 5.0 as 5."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_whole_numbers(item) for item in value]
        case dict():
            return {name: _whole_numbers(item) for name, item in value.items()}
        case _:
            return value


def _check_structure(body: bytes) -> None:
    """Refuse what is JSON but would hurt a model server: deep nesting, NUL characters."""
    if b"\\u0000" not in body and body.count(b"{") + body.count(b"[") <= MAX_JSON_DEPTH:
        return
    pending = [(msgspec.json.decode(body), 1)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_JSON_DEPTH:
            raise _too_deep()
        match value:
            case str() if "\0" in value:
                raise InvalidRequest("The body holds a NUL character (\\u0000): remove it.")
            case dict():
                pending += ((item, depth + 1) for pair in value.items() for item in pair)
            case list():
                pending += ((item, depth + 1) for item in value)


def _not_json(error: Exception) -> InvalidRequest:
    return InvalidRequest(f"The body is not JSON: {error}.")


def _too_large() -> PayloadTooLarge:
    return PayloadTooLarge(f"The request body is over {MAX_BODY_BYTES} bytes.")


def _too_deep() -> InvalidRequest:
    return InvalidRequest(f"The body is nested deeper than {MAX_JSON_DEPTH} levels.")


def _explain(message: str, body: bytes, kind: type[msgspec.Struct]) -> InvalidRequest:
    """msgspec's message, with the field in OpenAI's notation and the value that came."""
    found = _PATH.search(message)
    path = found["path"] if found else ""
    reason = _PATH.sub("", message)
    if unknown := _UNKNOWN.search(reason):
        param = _shortened(f"{path}.{unknown['name']}".removeprefix("."))
        hint = _hint(fields_at(kind, path))
        return InvalidRequest(
            f"{param}: there is no such field.{hint}", param=param, code="unknown_parameter"
        )
    if missing := _MISSING.search(reason):
        param = f"{path}.{missing['name']}".removeprefix(".")
        return InvalidRequest(
            f"{param}: this field is required.", param=param, code="missing_required_parameter"
        )
    if not path:
        return InvalidRequest(f"The body must be a JSON object. {reason}.")
    came = _shown(_value_at(body, path))
    hint = _hint(values_at(kind, path)) if reason.startswith(_NOT_IN_ENUM) else ""
    return InvalidRequest(
        f"{path}: {reason[0].lower()}{reason[1:].replace('`', '')}; came: {came}.{hint}",
        param=path,
        code="invalid_value",
    )


def _hint(allowed: list[str]) -> str:
    return f" Allowed: {', '.join(allowed)}." if allowed else ""


def _value_at(body: bytes, path: str) -> Any:
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # The wrong field stands before something that is no JSON at all.
        raise _not_json(error) from None
    for index, name in steps(path):
        try:
            value = value[int(index)] if index else value[name]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _shown(value: Any) -> str:
    return _shortened(msgspec.json.encode(value).decode())


def _shortened(text: str) -> str:
    return text if len(text) <= _MAX_SHOWN_CHARS else f"{text[:_MAX_SHOWN_CHARS]}…"
