"""The whole body before anything else: API Gateway buffers a request before it passes it on."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final

from starlette.types import Receive

from slm.errors import PayloadTooLarge, RequestTimeout
from slm.gateway_responses import GATEWAY_RESPONSES

_TOO_LARGE: Final = GATEWAY_RESPONSES["REQUEST_TOO_LARGE"].message


class ClientGone(Exception):
    """The client hung up before its body was complete: there is no one to answer."""


async def read_chunks(
    headers: Iterable[tuple[bytes, bytes]],
    receive: Receive,
    *,
    max_bytes: int,
    timeout_s: float,
) -> AsyncIterator[bytes]:
    """The body as it arrives, to its end.

    Args:
        headers: Headers of the request, names in lower case.
        receive: ASGI receive of the request.
        max_bytes: Largest body.
        timeout_s: Seconds for the whole body.

    Raises:
        PayloadTooLarge: The body is larger: by its Content-Length before anything is read, or
            while it arrives.
        RequestTimeout: The client was too slow.
        ClientGone: The client hung up.
    """
    if _declared_length(headers) > max_bytes:
        raise PayloadTooLarge(_TOO_LARGE)
    deadline = asyncio.get_running_loop().time() + timeout_s
    received = 0
    more = True
    while more:
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            raise RequestTimeout(
                f"The request body did not arrive within {timeout_s:g} s."
            ) from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        received += len(chunk)
        if received > max_bytes:
            raise PayloadTooLarge(_TOO_LARGE)
        more = message.get("more_body", False)
        yield chunk


async def discard(receive: Receive, *, timeout_s: float) -> None:
    """Read on and drop what comes, to the end of the body, a hang-up or the timeout.

    Closing a connection with unread data resets it, and the client may lose the answer.
    """
    try:
        async with asyncio.timeout(timeout_s):
            while (message := await receive())["type"] != "http.disconnect":
                if not message.get("more_body", False):
                    return
    except TimeoutError:
        return


def _declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Content-Length; 0 where it is absent, or no number (the server below refuses that)."""
    return max((int(v) for n, v in headers if n == b"content-length" and v.isdigit()), default=0)
