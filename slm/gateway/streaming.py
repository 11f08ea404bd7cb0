"""A streamed answer: events are sent when they come, and silence does not cut it.

Nothing is sent before the first event or 15 s of silence, so that an early error keeps
its status; then a comment line every 15 s keeps proxies and clients waiting.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Final

import msgspec
from starlette.types import Receive, Scope, Send

from slm.errors import InternalError, ModelTimeout, SlmError, error_body, facts_of
from slm.gateway.request_log import record_of
from slm.gateway.sse import KEEP_ALIVE, encode
from slm.limits import KEEP_ALIVE_INTERVAL_S, STREAM_TIMEOUT_S

HEADERS: Final[Mapping[str, str]] = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}

_LOGGER: Final = logging.getLogger(__name__)


class EventStreamResponse:
    """ASGI response that sends server-sent events.

    Args:
        batches: Whole events; those of a batch are sent together. Closed when the client leaves,
            which ends the generation.
        keep_alive_s: Seconds of silence before a comment is sent.
        timeout_s: Seconds that the whole stream may take.
    """

    def __init__(
        self,
        batches: AsyncGenerator[list[bytes], None],
        *,
        keep_alive_s: float = KEEP_ALIVE_INTERVAL_S,
        timeout_s: float = STREAM_TIMEOUT_S,
    ) -> None:
        self._batches = batches
        self._keep_alive_s = keep_alive_s
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events.

        Raises:
            SlmError: The model failed before anything was sent. Later errors are sent as an
                event ``{"error": ...}``, and the stream ends.
        """
        channel = _Channel(send)
        keep_alive = asyncio.create_task(channel.keep_alive(self._keep_alive_s))
        try:
            async with asyncio.timeout(self._timeout_s), aclosing(self._batches) as batches:
                async for events in batches:
                    await channel.send(b"".join(events))
        except TimeoutError:
            error: SlmError = ModelTimeout(f"The answer took longer than {self._timeout_s:g} s.")
        except SlmError as failure:
            error = failure
        except Exception:
            _LOGGER.exception("A stream failed.")
            error = InternalError("Internal error.")
        else:
            await channel.end()
            return
        finally:
            keep_alive.cancel()
        if not channel.started:
            raise error
        record_of(scope).error = error.code or facts_of(error).code
        await channel.send(encode(msgspec.json.encode(error_body(error))))
        await channel.end()


class _Channel:
    """Where events are sent; starts the response with the first one."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._last_sent = time.monotonic()
        self.started = False

    async def send(self, events: bytes) -> None:
        if not self.started:
            self.started = True
            headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        self._last_sent = time.monotonic()
        await self._send({"type": "http.response.body", "body": events, "more_body": True})

    async def end(self) -> None:
        if not self.started:
            await self.send(b"")
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def keep_alive(self, interval_s: float) -> None:
        """Send a comment after each ``interval_s`` of silence, until cancelled."""
        while True:
            silent_s = time.monotonic() - self._last_sent
            if silent_s < interval_s:
                await asyncio.sleep(interval_s - silent_s)
            else:
                await self.send(KEEP_ALIVE)
