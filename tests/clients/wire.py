"""HTTP as it arrives: a client on a plain socket."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from tests.clients.twin_process import PATIENCE_S, Twin

_END: Final = b"0\r\n\r\n"
_READ_BYTES: Final = 65_536


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    Attributes:
        status_line: Without its line end.
        headers: Names in lower case.
        chunks: As the chunked encoding cuts the body.
    """

    status_line: str
    headers: dict[str, str]
    chunks: list[bytes]

    @property
    def events(self) -> list[str]:
        """The server-sent events of the body, without their blank lines."""
        body = b"".join(self.chunks).decode()
        assert body.endswith("\n\n")
        return body.removesuffix("\n\n").split("\n\n")


def request_bytes(twin: Twin, path: str, body: dict[str, Any]) -> bytes:
    """A request."""
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\n"
        f"host: {urlsplit(twin.url).netloc}\r\n"
        f"authorization: Bearer {twin.key}\r\n"
        f"content-type: application/json\r\n"
        f"content-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


@contextmanager
def posted(twin: Twin, path: str, body: dict[str, Any]) -> Iterator[socket.socket]:
    """A connection on which a request was sent."""
    place = urlsplit(twin.url)
    with socket.create_connection((place.hostname, place.port), PATIENCE_S) as connection:
        connection.sendall(request_bytes(twin, path, body))
        yield connection


def read_whole(connection: socket.socket) -> bytes:
    """What comes up to the end of a chunked answer."""
    raw = b""
    while not raw.endswith(_END):
        raw += read_some(connection)
    return raw


def read_some(connection: socket.socket) -> bytes:
    """What has come, and that is something."""
    data = connection.recv(_READ_BYTES)
    assert data, "the connection ended before the answer"
    return data


def parse(raw: bytes) -> Answer:
    """The answer in these bytes, which are a whole one in chunked encoding."""
    head, _, rest = raw.partition(b"\r\n\r\n")
    status_line, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    chunks = []
    while rest != _END:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        chunks.append(rest[:length])
        assert rest[length : length + 2] == b"\r\n"
        rest = rest[length + 2 :]
    return Answer(status_line, headers, chunks)
