"""One HTTP/1.1 connection of a client: a request out, an answer back, as bytes come.

Written for streams of many small pieces: what arrives is handed on in one step, however many
pieces that were, and a reader that is slow stops the sender.
"""

import asyncio
import select
import time
from typing import Final

import httptools

MAX_BUFFERED_BYTES: Final = 256 * 1024
"""Bytes of an answer that wait for their reader; with more, the sender has to wait."""


class HttpError(Exception):
    """The exchange failed; no answer, or only a part of it."""


class ConnectFailed(HttpError):
    """Nothing listens there, or it did not answer in time."""


class ConnectionBroken(HttpError):
    """The other side closed the connection in the midst, or does not speak HTTP."""


class ReadTimedOut(HttpError):
    """The other side was silent for too long."""


class HttpConnection(asyncio.Protocol):
    """A connection; the event loop makes it.

    Args:
        read_timeout_s: Longest silence of the other side while its answer is awaited.

    Attributes:
        status: Status of the answer, once ``head`` has returned.
        headers: Its headers by lower-case name; of repeated ones the last.
    """

    def __init__(self, read_timeout_s: float) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._read_timeout_s = read_timeout_s
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._watchdog: asyncio.TimerHandle | None = None
        self._pieces: list[bytes] = []
        self._buffered = 0
        self._paused = False
        self._headers_complete = False
        self._complete = True
        self._keep_alive = True
        self._failure: HttpError | None = None
        self._heard = 0.0
        self.idle_since = 0.0

    # --- For the client ---------------------------------------------------------

    def send(self, request: bytes) -> None:
        """Begin an exchange."""
        self._complete = self._headers_complete = False
        self.headers = {}
        self._heard = self._loop.time()
        self._watchdog = self._loop.call_later(self._read_timeout_s, self._watch)
        self._transport.write(request)

    async def head(self) -> None:
        """Wait for status and headers.

        Raises:
            HttpError: They did not come.
        """
        while not self._headers_complete:
            await self._wait()

    async def read(self) -> bytes:
        """What has arrived of the body, waiting for something to; empty at its end.

        Raises:
            HttpError: The rest will not come.
        """
        while not self._pieces:
            if self._complete:
                return b""
            await self._wait()
        pieces = self._pieces
        self._pieces = []
        self._buffered = 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def release(self) -> bool:
        """End the exchange; whether the connection can carry another one.

        What is not at the end of its answer is closed: the other side learns that nobody waits.
        """
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None
        reusable = (
            self._complete
            and self._keep_alive
            and not self._pieces
            and self._failure is None
            and not self._transport.get_write_buffer_size()
        )
        if not reusable:
            self.abort()
        self.idle_since = time.monotonic()
        return reusable

    def usable(self) -> bool:
        """Whether an idle connection is still open, as far as this side can know.

        Asks the socket itself: a process that was frozen has not read yet what came meanwhile,
        and anything that comes on an idle connection is its end.
        """
        if self._failure is not None:
            return False
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket"), select.POLLIN)
        return not poll.poll(0)

    def abort(self) -> None:
        """Close it at once."""
        self._transport.abort()

    async def _wait(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _watch(self) -> None:
        """Fail if nothing came for too long; a reader that lets data wait is no reason."""
        if self._paused:
            self._heard = self._loop.time()
        late_at = self._heard + self._read_timeout_s
        if self._loop.time() < late_at:
            self._watchdog = self._loop.call_at(late_at, self._watch)
        else:
            self._fail(ReadTimedOut(f"nothing came for {self._read_timeout_s:g} s"))

    def _fail(self, error: HttpError) -> None:
        if self._failure is None:
            self._failure = error
            self._transport.abort()
            self._wake()

    # --- For the event loop -----------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionBroken(f"not HTTP: {error}"))
            return
        if self._buffered > MAX_BUFFERED_BYTES and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        if self._headers_complete and not {"content-length", "transfer-encoding"} & set(
            self.headers
        ):
            self._complete = True  # an answer without a length ends with its connection
        self._keep_alive = False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._failure is None:
            self._failure = ConnectionBroken(str(exc or "closed by the other side"))
        self._wake()

    # --- For the parser ---------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self._headers_complete = self.status >= 200  # below: a real answer follows
        self._keep_alive = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self._pieces.append(body)
        self._buffered += len(body)

    def on_message_complete(self) -> None:
        self._complete = self._headers_complete
