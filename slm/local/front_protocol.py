"""HTTP as the local API Gateway speaks it: refusals below ASGI have our error body too.

uvicorn answers a broken request with plain text, and waits without end for a slow one.
"""

import asyncio
import http
import sys
from typing import Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from slm.errors import InvalidRequest, RequestTimeout, SlmError, facts_of
from slm.gateway_responses import body_text
from slm.limits import REQUEST_HEAD_TIMEOUT_S
from slm.local.refusals import LINGER_S, headers_of, headers_too_large

_HEADERS_TOO_LARGE: Final = 431


class FrontProtocol(H11Protocol):
    """One connection, for ``uvicorn.Config(http=FrontProtocol)``.

    h11 and not httptools: it bounds the head of a request, keeps trailers apart from headers,
    and reads the body of a request that offers an upgrade.

    Attributes:
        head_timeout_s: Seconds for request line and headers.
    """

    head_timeout_s: float = REQUEST_HEAD_TIMEOUT_S

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head_timer: asyncio.TimerHandle | None = None
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        super().data_received(data)
        if self._refused or self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self.conn.trailing_data[0]:
            self._wait_for_head()

    def send_400_response(self, msg: str) -> None:
        """uvicorn calls this while it handles h11's exception."""
        error = sys.exception()
        if getattr(error, "error_status_hint", None) == _HEADERS_TOO_LARGE:
            self._refuse(headers_too_large())
        else:
            reason = str(error).partition(":")[0]  # what came stands behind the colon
            self._refuse(InvalidRequest(f"This is not HTTP/1.1: {reason}."))

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_timeout_s, self._head_is_late)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        if not self.conn.trailing_data[0]:
            self.transport.close()  # nothing was asked
            return
        self._refuse(
            RequestTimeout(
                f"The request's headers did not arrive within {self.head_timeout_s:g} s."
            )
        )

    def _refuse(self, error: SlmError) -> None:
        """Answer, end our half of the connection, and close it when the client had time to read."""
        self._refused = True
        if self.cycle is not None and not self.cycle.response_complete:
            # The body of a request is broken: its app learns that the client is gone.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.close()
                return
        status = facts_of(error).status
        lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers_of(error, closes=True).items()]
        self.transport.write("\r\n".join([*lines, "", body_text(error)]).encode())
        self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.close)
