"""A small HTTP/1.1 client for streams: requests as bytes, connections that are kept.

boto3 needs a thread for each stream, and the general clients spend more on a piece of an answer
than all the rest of the gateway does. This one has what the gateway asks of it, and no more.
"""

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from slm.gateway.http_connection import ConnectFailed, HttpConnection

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

DEFAULT_MAX_IDLE_S: Final = 60
"""An idle connection that is older is not used again: load balancers close theirs after a minute
(Elastic Load Balancing, "Connection idle timeout", 60 s)."""


@dataclass(frozen=True)
class Origin:
    """Where requests go.

    Attributes:
        scheme: ``http`` or ``https``.
        host: Name or address.
        port: TCP port.
        path: What stands before every target; empty, or a path without a slash at its end.
    """

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def of(cls, url: str) -> "Origin":
        """The origin of an URL.

        Raises:
            ValueError: It is no URL of HTTP.
        """
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.port == 0:
            raise ValueError(f"{url!r} is no http or https URL")
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname, port, parts.path.rstrip("/"))

    @property
    def authority(self) -> str:
        """The ``host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class HttpAnswer(Protocol):
    """An answer whose body is read as it comes; ``HttpConnection`` is one.

    Attributes:
        status: HTTP status.
        headers: Headers by lower-case name.
    """

    status: int
    headers: dict[str, str]

    async def read(self) -> bytes:
        """What has arrived of the body, waiting for something to; empty at its end.

        Raises:
            HttpError: The rest will not come.
        """


class Http(Protocol):
    """What sends requests; ``HttpClient`` is one."""

    def request(
        self, origin: Origin, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> AbstractAsyncContextManager[HttpAnswer]:
        """Ask; the context holds the answer, and leaving it before its end hangs up.

        Raises:
            HttpError: No answer came; also while it is read.
        """

    def close(self) -> None:
        """Close the idle connections."""


class HttpClient:
    """A client; its methods are called from the thread of one event loop.

    Args:
        connect_timeout_s: Longest wait for a connection.
        read_timeout_s: Longest silence of the other side while its answer is awaited.
        max_idle_s: How long an idle connection may be used again; 0 keeps none.
        tls: Makes the TLS settings, when the first https connection needs them.
    """

    def __init__(
        self,
        *,
        connect_timeout_s: float,
        read_timeout_s: float,
        max_idle_s: float = DEFAULT_MAX_IDLE_S,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._connect_timeout_s = connect_timeout_s
        self._read_timeout_s = read_timeout_s
        self._max_idle_s = max_idle_s
        self._make_tls = tls
        self._tls: ssl.SSLContext | None = None
        self._idle: dict[Origin, list[HttpConnection]] = defaultdict(list)

    @asynccontextmanager
    async def request(
        self, origin: Origin, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> AsyncIterator[HttpAnswer]:
        """See ``Http.request``."""
        connection = self._take_idle(origin) or await self._connect(origin)
        try:
            connection.send(_encode(origin, method, target, headers, body))
            await connection.head()
            yield connection
        finally:
            if connection.release() and self._max_idle_s:
                self._idle[origin].append(connection)
            else:
                connection.abort()

    def close(self) -> None:
        """See ``Http.close``."""
        for connections in self._idle.values():
            for connection in connections:
                connection.abort()
        self._idle.clear()

    def _take_idle(self, origin: Origin) -> HttpConnection | None:
        """The connection that was used last, so that the others may grow old."""
        idle = self._idle[origin]
        oldest = time.monotonic() - self._max_idle_s
        while idle:
            connection = idle.pop()
            if connection.idle_since > oldest and connection.usable():
                return connection
            connection.abort()
        return None

    async def _connect(self, origin: Origin) -> HttpConnection:
        loop = asyncio.get_running_loop()
        tls = None
        if origin.scheme == "https":
            self._tls = self._tls or self._make_tls()
            tls = self._tls
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                _, connection = await loop.create_connection(
                    lambda: HttpConnection(self._read_timeout_s), origin.host, origin.port, ssl=tls
                )
        except (OSError, TimeoutError) as error:
            raise ConnectFailed(str(error) or type(error).__name__) from error
        return connection


def _encode(
    origin: Origin, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> bytes:
    lines = [f"{method} {origin.path}{target} HTTP/1.1", f"host: {origin.authority}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"content-length: {len(body)}\r\n\r\n")
    return "\r\n".join(lines).encode("latin-1") + body
