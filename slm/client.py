"""The HTTP client of ``POST /invoke`` and ``GET /health``."""

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, Final

import httpx

from slm.errors import SlmError
from slm.gateway.sse import EventSplitter, data_of
from slm.limits import API_GATEWAY_IDLE_TIMEOUT_S
from slm.routes import HEALTH, INVOKE, Route

_CONNECT_TIMEOUT_S: Final = 10
_HEALTH_TIMEOUT_S: Final = 5
_BODY_CHARS_SHOWN: Final = 200


@dataclass(frozen=True)
class Target:
    """An API to call.

    Attributes:
        name: What to call it in messages.
        url: Its base URL, with or without a closing slash.
        api_key: A key for it.
        if_silent: What to do when nothing answers there.
        if_refused: What to do when it does not take the key.
    """

    name: str
    url: str
    api_key: str = field(repr=False)
    if_silent: str
    if_refused: str = ""

    def url_of(self, route: Route) -> str:
        """Full URL of a route."""
        return self.url.rstrip("/") + route.path


@dataclass(frozen=True)
class Health:
    """What an API says of its model.

    Attributes:
        ok: Whether it answers requests.
        message: For people.
    """

    ok: bool
    message: str


class ApiRefused(SlmError):
    """The API answered with an error; its message is in ours.

    Attributes:
        status: HTTP status.
    """

    def __init__(self, message: str, *, status: int, param: str | None, code: str | None) -> None:
        super().__init__(message, param=param, code=code)
        self.status: Final = status


class ApiUnreachable(SlmError):
    """Nothing answers, or the connection broke."""


async def invoke(
    target: Target,
    request: Mapping[str, Any],
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> dict[str, Any]:
    """The whole answer to a body of ``POST /invoke``.

    Raises:
        ApiRefused: The API answered with an error.
        ApiUnreachable: Nothing answered, or the connection broke.
    """
    try:
        async with open_client(target, transport) as client:
            answer = await client.post(
                target.url_of(INVOKE), json=dict(request), headers=_headers(target)
            )
    except httpx.HTTPError as error:
        raise _unreachable(target, error) from None
    if answer.is_error:
        raise _refused(target, answer.status_code, answer.content)
    return _object(target, answer.content)


async def stream(
    target: Target,
    request: Mapping[str, Any],
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncGenerator[dict[str, Any], None]:
    """The events of a streamed answer, as they come; close it to hang up.

    Raises:
        ApiRefused: The API answered with an error, or sent one as an event.
        ApiUnreachable: Nothing answered, or the connection broke.
    """
    try:
        async with (
            open_client(target, transport) as client,
            client.stream(
                "POST",
                target.url_of(INVOKE),
                json={**request, "stream": True},
                headers=_headers(target),
            ) as answer,
        ):
            if answer.is_error:
                raise _refused(target, answer.status_code, await answer.aread())
            splitter = EventSplitter()
            complete = False
            async for chunk in answer.aiter_bytes():
                for data in filter(None, map(data_of, splitter.feed(chunk))):
                    event = _event(target, data)
                    complete = "generated_text" in event
                    yield event
            if not complete:
                raise ApiUnreachable(f"{target.name} broke the answer off. {target.if_silent}")
    except httpx.HTTPError as error:
        raise _unreachable(target, error) from None


async def health(target: Target, *, transport: httpx.AsyncBaseTransport | None = None) -> Health:
    """What ``GET /health`` says.

    Raises:
        ApiUnreachable: Nothing answered, or something else than this API.
    """
    try:
        async with open_client(target, transport) as client:
            answer = await client.get(target.url_of(HEALTH), timeout=_HEALTH_TIMEOUT_S)
    except httpx.HTTPError as error:
        raise _unreachable(target, error) from None
    message = _object(target, answer.content).get("message", "")
    return Health(answer.is_success, str(message))


def open_client(
    target: Target, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """What sends requests to an API; close it at the end."""
    return httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(API_GATEWAY_IDLE_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
        # A proxy for the internet knows nothing of this machine's own ports.
        trust_env=not _is_loopback(httpx.URL(target.url).host),
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _headers(target: Target) -> dict[str, str]:
    return {"x-api-key": target.api_key}


def _event(target: Target, data: bytes) -> dict[str, Any]:
    event = _object(target, data)
    if "error" in event:
        raise _failure(f"{target.name} broke the answer off", 200, event["error"])
    return event


def _refused(target: Target, status: int, content: bytes) -> ApiRefused:
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    what = f"{target.name} answered {status} {phrase}".rstrip()
    try:
        error = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError):
        # A proxy, or another server altogether.
        shown = content[:_BODY_CHARS_SHOWN].decode(errors="replace").strip()
        return ApiRefused(f"{what}: {shown or 'no text'}", status=status, param=None, code=None)
    advice = target.if_refused if status == HTTPStatus.UNAUTHORIZED else ""
    return _failure(what, status, error, advice)


def _failure(what: str, status: int, error: Any, advice: str = "") -> ApiRefused:
    fields = error if isinstance(error, dict) else {"message": error}
    return ApiRefused(
        f"{what}: {fields.get('message')} {advice}".rstrip(),
        status=status,
        param=fields.get("param"),
        code=fields.get("code"),
    )


def _object(target: Target, content: bytes) -> dict[str, Any]:
    try:
        values = json.loads(content)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise ApiUnreachable(
            f"What answers at {target.url} is not this API: it sent no JSON object. "
            f"{target.if_silent}"
        )
    return values


def _unreachable(target: Target, error: httpx.HTTPError) -> ApiUnreachable:
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            what = f"Nothing answers at {target.url} ({str(error) or type(error).__name__})."
        case httpx.TimeoutException():
            what = f"{target.name} at {target.url} was silent for too long."
        case _:
            what = f"The connection to {target.url} broke ({str(error) or type(error).__name__})."
    return ApiUnreachable(f"{what} {target.if_silent}")
