"""The local API Gateway: does around the gateway app what API Gateway does around the function.

A request passes in the order of the deployed stack: authorizer (is there one key?), key (is
it known?), throttle and quota of its plan or throttle of the method, the whole body, a place in
the function, and only then the app. What does not pass gets the bytes of the stack's gateway
responses.
"""

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slm.errors import PayloadTooLarge, RequestTimeout, Unauthorized
from slm.gateway.api_key import read_api_key
from slm.gateway.request_log import CONTEXT_HEADER
from slm.gateway_responses import cors_headers
from slm.limits import (
    API_GATEWAY_MAX_BODY_BYTES,
    API_GATEWAY_MAX_HEAD_BYTES,
    REQUEST_BODY_TIMEOUT_S,
)
from slm.local import refusals
from slm.local.api_keys import ApiKeys, KeyRecord, UsagePlan
from slm.local.concurrency import ConcurrencyLimit
from slm.local.hang_up import answer_unless_gone
from slm.local.quotas import Quotas, period_of
from slm.local.refusals import Refused, gateway_response
from slm.local.request_body import ClientGone, read_chunks
from slm.local.throttle import Clock, SystemClock, Throttle, ThrottleLimit
from slm.routes import ROUTES, STAGE, key_required
from slm.settings import Settings

_PROXY: Final = "ANY /{proxy+}"
_BAD_KEYS: Final = "bad keys"


@dataclass(frozen=True)
class EnforcedLimits:
    """What is enforced, to compare with the deployed stack.

    Attributes:
        plans: Usage plans by name.
        keyless: Throttle of each method that needs no key.
        max_concurrent_requests: Requests in work at once; 0 for no limit.
        max_body_bytes: Largest request body.
    """

    plans: Mapping[str, UsagePlan]
    keyless: ThrottleLimit
    max_concurrent_requests: int
    max_body_bytes: int


class ApiGateway:
    """ASGI middleware.

    Args:
        app: The gateway app.
        settings: Throttle of methods without a key, requests in work at once, origins for CORS.
        keys: The known keys with their plans.
        quotas: What each key used.
        clock: Time for throttle and quota.
        body_timeout_s: Seconds that a client may take to send its body.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        keys: ApiKeys,
        quotas: Quotas,
        clock: Clock | None = None,
        body_timeout_s: float = REQUEST_BODY_TIMEOUT_S,
    ) -> None:
        clock = clock or SystemClock()
        self._app = app
        self._keys = keys
        self._cors_headers = cors_headers(settings.cors_origins)
        self._throttle = Throttle(clock)
        self._quotas = quotas
        self._clock = clock
        self._concurrency = ConcurrencyLimit(settings.max_concurrent_requests)
        self._body_timeout_s = body_timeout_s
        self.limits: Final = EnforcedLimits(
            plans=keys.plans,
            keyless=ThrottleLimit(settings.keyless_rate_limit, settings.keyless_burst_limit),
            max_concurrent_requests=settings.max_concurrent_requests,
            max_body_bytes=API_GATEWAY_MAX_BODY_BYTES,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._handle(scope, receive, send)
            case "websocket":
                # A REST API has none. A close before the handshake is answered as a 403.
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            case _:
                await self._app(scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        request_id = str(uuid.uuid4())
        send = _with_request_id(send, request_id)
        try:
            key, body = await self._take_in(scope, headers, receive)
        except ClientGone:
            return
        except Refused as refused:
            await refusals.answer(refused, receive, send, cors_headers=self._cors_headers)
            return
        context = _request_context(scope, headers, request_id, key)
        inner = {**scope, "headers": _replace_context(scope["headers"], context)}
        with self._concurrency.place() as place:
            if place:
                await answer_unless_gone(self._app, inner, body, receive, send)
                return
        full = gateway_response("API_CONFIGURATION_ERROR")
        await refusals.answer(full, receive, send, cors_headers=self._cors_headers)

    async def _take_in(
        self, scope: Scope, headers: Headers, receive: Receive
    ) -> tuple[KeyRecord | None, bytes]:
        """Check a request and read its body.

        Raises:
            Refused: It does not reach the app.
            ClientGone: The client hung up.
        """
        chunks = read_chunks(
            scope["headers"],
            receive,
            max_bytes=self.limits.max_body_bytes,
            timeout_s=self._body_timeout_s,
        )
        try:
            try:
                _check_head(scope)
                key = self._admit(scope["method"], scope["path"], headers)
            except Refused as refused:
                if not refused.closes:
                    async for _ in chunks:  # read, so that the connection can be used again
                        pass
                raise
            body = bytearray()
            async for chunk in chunks:
                body += chunk
            return key, bytes(body)
        except PayloadTooLarge:
            raise gateway_response("REQUEST_TOO_LARGE", closes=True) from None
        except RequestTimeout as error:
            raise refusals.body_too_slow(error) from None

    def _admit(self, method: str, path: str, headers: Headers) -> KeyRecord | None:
        """The key's record, or None where none is needed.

        A plan's throttle comes before its quota. Requests without a good key share a bucket, so
        that a flood of them stays cheap. Good keys do not wait behind it: what makes guessing
        hopeless is the keys' length.

        Raises:
            Refused: By key, throttle or quota.
        """
        if not key_required(method, path):
            self._throttle_keyless(_method_name(method, path))
            return None
        try:
            key = self._keys.lookup(read_api_key(headers.items()))
        except Unauthorized:
            self._throttle_keyless(_BAD_KEYS)
            raise gateway_response("UNAUTHORIZED") from None
        if key is None:
            self._throttle_keyless(_BAD_KEYS)
            raise gateway_response("INVALID_API_KEY")
        if not self._throttle.admits(f"{key.plan.name} {key.key_id}", key.plan.throttle):
            raise gateway_response("THROTTLED")
        period = period_of(key.plan.name, key.plan.quota_period, self._clock.now())
        if not self._quotas.admits(key.key_id, period, key.plan.quota):
            raise gateway_response("QUOTA_EXCEEDED")
        return key

    def _throttle_keyless(self, name: str) -> None:
        if not self._throttle.admits(name, self.limits.keyless):
            raise gateway_response("THROTTLED")


def _check_head(scope: Scope) -> None:
    """Refuse a head that API Gateway would not take: too large, of another HTTP, or with two
    lengths of the body.
    """
    if not scope["http_version"].startswith("1."):
        raise refusals.other_http()
    if {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope["headers"]}:
        raise refusals.two_lengths()
    line = len(scope["method"]) + len(scope["path"]) + len(scope["query_string"])
    if line + sum(len(value) for _, value in scope["headers"]) > API_GATEWAY_MAX_HEAD_BYTES:
        raise Refused(refusals.headers_too_large(), None)


def _method_name(method: str, path: str) -> str:
    """The method of the deployed API that takes a keyless request; each has its own bucket."""
    at_path = [route for route in ROUTES if route.is_at(path)]
    if not at_path:
        return _PROXY
    methods = {route.method for route in at_path}
    return f"{method if method in methods else 'ANY'} {at_path[0].resource}"


def _request_context(
    scope: Scope, headers: Headers, request_id: str, key: KeyRecord | None
) -> dict[str, Any]:
    """API Gateway's request context, as far as anything here reads it; without the key."""
    client = scope.get("client")
    return {
        "requestId": request_id,
        "stage": STAGE,
        "path": f"/{STAGE}{scope['path']}",
        "httpMethod": scope["method"],
        "identity": {
            "sourceIp": client[0] if client else "",
            "userAgent": headers.get("user-agent"),
            "apiKeyId": key.key_id if key else None,
        },
    }


def _replace_context(
    headers: Iterable[tuple[bytes, bytes]], context: dict[str, Any]
) -> list[tuple[bytes, bytes]]:
    """The headers with this context, as Lambda Web Adapter sets it: a client's own is dropped."""
    name = CONTEXT_HEADER.encode()
    return [*(h for h in headers if h[0] != name), (name, json.dumps(context).encode())]


def _with_request_id(send: Send, request_id: str) -> Send:
    """A send that marks every answer, as API Gateway does."""
    header = (b"x-amzn-requestid", request_id.encode())

    async def marking(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), header]}
        await send(message)

    return marking
