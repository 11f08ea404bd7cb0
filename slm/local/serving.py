"""HTTP servers in an event loop that is not theirs alone."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

_KEEP_ALIVE_S: Final = 60
"""Longer than clients keep idle connections: a connection that is closed just as it is used
again is an error on their side."""

_GRACE_S: Final = 1
"""Requests that are under way get this long at the end."""


_FAULTS: Final = logging.getLogger("uvicorn.error")


class _ButOurOwnEnd(logging.Filter):
    """Leaves out requests that are cancelled since the server ends: they are no faults."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to keep a record."""
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, asyncio.CancelledError)


class _Server(uvicorn.Server):
    """A server among others: signals are the business of who runs them all."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take none."""
        yield


@asynccontextmanager
async def serving(
    app: ASGIApp, listener: socket.socket, protocol: type[asyncio.Protocol]
) -> AsyncIterator[None]:
    """An app on a socket that listens already, for as long as the context lasts."""
    server = _Server(
        uvicorn.Config(
            app,
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # Nothing stands in front: a client's X-Forwarded-For would be a lie.
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        end = _ButOurOwnEnd()
        _FAULTS.addFilter(end)
        try:
            await running
        finally:
            _FAULTS.removeFilter(end)
