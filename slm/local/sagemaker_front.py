"""What every request to the local SageMaker passes, as plain ASGI middleware."""

import uuid
from ipaddress import ip_address
from typing import Final, cast
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slm.errors import PayloadTooLarge, RequestTimeout
from slm.limits import INVOKE_ENDPOINT_MAX_BODY_BYTES, REQUEST_BODY_TIMEOUT_S
from slm.local.hang_up import answer_unless_gone
from slm.local.request_body import ClientGone, discard, read_chunks
from slm.local.sagemaker_endpoint import AwsError

_SIGNATURE: Final = "AWS4-HMAC-SHA256"
_DISCARD_TIMEOUT_S: Final = 5


async def answer_error(request: Request, error: Exception) -> Response:
    """The answer for an AwsError, in the form of both protocols, REST-JSON and JSON 1.1."""
    return error_response(cast(AwsError, error))


def error_response(error: AwsError) -> Response:
    """An error as SDKs read it: its name in a header and as ``__type``."""
    return JSONResponse(
        {"__type": error.error_type, "Message": error.message} | error.members,
        status_code=error.status,
        headers={"x-amzn-errortype": error.error_type},
    )


class RequestId:
    """Every answer carries a number that a log can be searched for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-amzn-RequestId"] = str(uuid.uuid4())
            await send(message)

        await self._app(scope, receive, send_with_id)


class SignedOnly:
    """Calls need a SigV4 header, whatever the credentials, and a host without a foreign name.

    The signature is not checked: there are no secrets on a laptop. But a web page that the
    user visits cannot call this port: browsers let no page set this header across origins
    without a preflight, which is refused here. A page whose own name leads to this machine
    (DNS rebinding) needs no preflight; it cannot help sending that name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._app
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if not headers.get("authorization", "").startswith(f"{_SIGNATURE} "):
                app = error_response(
                    AwsError(403, "MissingAuthenticationToken", "Missing Authentication Token")
                )
            elif not _is_local(headers.get("host", "")):
                app = error_response(
                    AwsError(403, "AccessDeniedException", "Call it by its address or localhost.")
                )
        await app(scope, receive, send)


def _is_local(authority: str) -> bool:
    """Whether a host header has an address or ``localhost``: names that no one else can own."""
    try:
        host = urlsplit(f"//{authority}").hostname or ""
        return host == "localhost" or bool(ip_address(host))
    except ValueError:
        return False


class Buffered:
    """Reads the whole body, then cancels the answer if the caller hangs up: the work in the
    container ends with it.

    Args:
        app: What answers.
        timeout_s: Time for the body.
    """

    def __init__(self, app: ASGIApp, *, timeout_s: float = REQUEST_BODY_TIMEOUT_S) -> None:
        self._app = app
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(scope, receive, self._timeout_s)
        except AwsError as error:
            await error_response(error)(scope, receive, send)
            await discard(receive, timeout_s=_DISCARD_TIMEOUT_S)
        except ClientGone:
            return
        else:
            await answer_unless_gone(self._app, scope, body, receive, send)


async def _read(scope: Scope, receive: Receive, timeout_s: float) -> bytes:
    chunks = read_chunks(
        scope["headers"],
        receive,
        max_bytes=INVOKE_ENDPOINT_MAX_BODY_BYTES,
        timeout_s=timeout_s,
    )
    try:
        return b"".join([chunk async for chunk in chunks])
    except PayloadTooLarge:
        message = f"HTTP content length exceeded {INVOKE_ENDPOINT_MAX_BODY_BYTES} bytes."
        raise AwsError(413, "413", message) from None
    except RequestTimeout as error:
        raise AwsError(408, "RequestTimeoutException", error.message) from None
