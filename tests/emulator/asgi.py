"""The few parts of ASGI that the emulator's front needs."""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

ACCOUNT: Final = "123456789012"
"""The one account, whatever the access key: the number that AWS's own examples have."""

_CREDENTIAL: Final = re.compile(
    r"Credential=(?P<key>[^/]+)/[^/]+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
)


@dataclass(frozen=True)
class Request:
    """A whole request of AWS's API.

    Attributes:
        method, path, query, headers, body: As in HTTP; names of headers in lower case.
        access_key, region, service: As in its signature; empty without one.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    access_key: str
    region: str
    service: str
    account: str = ACCOUNT


def signed_service(scope: Scope) -> str:
    """The service that a request's signature names; empty without one."""
    found = _CREDENTIAL.search(_headers(scope).get("authorization", ""))
    return found["service"] if found else ""


async def read_request(scope: Scope, receive: Receive) -> Request:
    """Read a request to its end."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = _headers(scope)
    found = _CREDENTIAL.search(headers.get("authorization", ""))
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b"").decode(),
        headers=headers,
        body=body,
        access_key=found["key"] if found else "",
        region=found["region"] if found else "",
        service=found["service"] if found else "",
    )


def replayed(body: bytes) -> Receive:
    """Gives a body that was read already once more."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def send_bytes(send: Send, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    """Send a whole answer."""
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def send_json(send: Send, status: int, content: Any) -> None:
    """Send a whole answer of AWS's JSON protocol; an error's type also goes into its header."""
    headers = [("content-type", "application/x-amz-json-1.1")]
    if "__type" in content:
        headers.append(("x-amzn-errortype", content["__type"]))
    await send_bytes(send, status, headers, json.dumps(content).encode())


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
