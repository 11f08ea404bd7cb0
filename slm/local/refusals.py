"""What API Gateway answers itself: the bytes of the stack's gateway responses."""

from collections.abc import Mapping
from typing import Final

from starlette.types import Receive, Send

from slm.errors import HeadersTooLarge, InvalidRequest, RequestTimeout, SlmError, facts_of
from slm.gateway_responses import GATEWAY_RESPONSES, body_text
from slm.limits import API_GATEWAY_MAX_HEAD_BYTES
from slm.local.request_body import discard

ERROR_TYPES: Final = {
    "UNAUTHORIZED": "UnauthorizedException",
    "INVALID_API_KEY": "ForbiddenException",
    "THROTTLED": "TooManyRequestsException",
    "QUOTA_EXCEEDED": "LimitExceededException",
    "REQUEST_TOO_LARGE": "RequestTooLargeException",
    "API_CONFIGURATION_ERROR": "InternalServerErrorException",
}
"""Response type -> what API Gateway puts into ``x-amzn-errortype``."""

LINGER_S: Final = 5
"""How long what still comes is dropped after an answer that ends the connection. Closing with
unread data resets the connection, and the client may lose the answer."""


class Refused(Exception):
    """The request does not reach the app.

    Attributes:
        error: What the client is told.
        error_type: Value of ``x-amzn-errortype``; None where API Gateway has no such response.
        closes: Whether the connection ends with the answer, the body being unread.
    """

    def __init__(self, error: SlmError, error_type: str | None, *, closes: bool = False) -> None:
        super().__init__(error.message)
        self.error = error
        self.error_type = error_type
        self.closes = closes


def gateway_response(response_type: str, *, closes: bool = False) -> Refused:
    """The refusal that one of ``GATEWAY_RESPONSES`` stands for."""
    return Refused(GATEWAY_RESPONSES[response_type], ERROR_TYPES[response_type], closes=closes)


def body_too_slow(error: RequestTimeout) -> Refused:
    """API Gateway just closes such a connection; here the client learns why."""
    return Refused(error, None, closes=True)


def headers_too_large() -> HeadersTooLarge:
    """The error for a head over API Gateway's limit."""
    return HeadersTooLarge(
        f"Request line and headers are over {API_GATEWAY_MAX_HEAD_BYTES} bytes together."
    )


def two_lengths() -> Refused:
    """Where two parsers may differ on where a request ends, none should go on."""
    message = "Content-Length and Transfer-Encoding in one request: send one of them."
    return Refused(InvalidRequest(message), None, closes=True)


def other_http() -> Refused:
    """h11 reads any version's number, and answers as HTTP/1.1."""
    return Refused(InvalidRequest("This is not HTTP/1.1: another version."), None, closes=True)


def headers_of(error: SlmError, *, closes: bool) -> dict[str, str]:
    """The headers of an error's answer."""
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body_text(error).encode())),
        **facts_of(error).headers,
    }
    return headers | {"connection": "close"} if closes else headers


async def answer(
    refused: Refused, receive: Receive, send: Send, *, cors_headers: Mapping[str, str]
) -> None:
    """Send the answer, and let the client read it before the connection ends.

    Args:
        refused: Why.
        receive: ASGI receive of the request.
        send: ASGI send of the request.
        cors_headers: Headers that let pages of other origins read it.
    """
    headers = {**headers_of(refused.error, closes=refused.closes), **cors_headers}
    if refused.error_type:
        headers["x-amzn-errortype"] = refused.error_type
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    body = body_text(refused.error).encode()
    await send(
        {"type": "http.response.start", "status": facts_of(refused.error).status, "headers": raw}
    )
    await send({"type": "http.response.body", "body": body, "more_body": refused.closes})
    if refused.closes:
        await discard(receive, timeout_s=LINGER_S)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
