"""Hostile requests as bytes on the wire, and the twin's gateway that gets them.

Everything is written to a socket byte by byte: a client library would mend what it sends.
"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Final
from urllib.parse import urlsplit

PATIENCE_S: Final = 60
"""Bound of every wait; far above what a loaded machine needs."""

KEY: Final = "THE-KEY"
"""Stands for the twin's key in the requests below."""

INVOKE: Final = "POST /invoke"
GOOD: Final = b'{"prompt": "Hi", "parameters": {"max_new_tokens": 1}}'


@dataclass(frozen=True)
class Hostile:
    """A request and the status that it deserves.

    Attributes:
        name: Name of the test.
        data: Bytes on the wire.
        status: Status of the answer.
    """

    name: str
    data: bytes
    status: int


def request(
    route: str,
    *headers: str,
    body: bytes = b"",
    key: str | None = KEY,
    length: int | None = -1,
) -> bytes:
    """A request on the wire.

    Args:
        route: Method and path.
        headers: Header lines besides those of host, key and length.
        body: What follows the head.
        key: API key; None for none.
        length: Content-Length; None for none, -1 for the true one.
    """
    lines = [f"{route} HTTP/1.1", "host: test", *headers]
    if key is not None:
        lines.append(f"x-api-key: {key}")
    if length is not None:
        lines.append(f"content-length: {len(body) if length == -1 else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def posted(name: str, body: bytes, *, to: str = INVOKE, status: int = 400) -> Hostile:
    return Hostile(f"{to.split()[1]} {name}", request(to, body=body), status)


class Front:
    """The twin's gateway, seen from a socket."""

    def __init__(self, url: str, api_key: str) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._key = api_key.encode()

    @contextmanager
    def sending(self, data: bytes) -> Iterator[socket.socket]:
        """A connection on which the request was sent, as far as the server took it."""
        with socket.create_connection(self._address, timeout=PATIENCE_S) as connection:
            # Refused before the end of the request: the answer says why.
            with suppress(ConnectionError, TimeoutError):
                connection.sendall(data.replace(KEY.encode(), self._key))
            yield connection

    def ask(self, data: bytes) -> tuple[HTTPResponse, bytes]:
        """Answer and body; what the throttle refuses is sent again, as it asks for."""
        while True:
            with self.sending(data) as connection:
                answer, body = read_answer(connection)
            if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
                return answer, body
            time.sleep(int(answer.headers["retry-after"]))

    def check_good_request(self) -> None:
        answer, body = self.ask(request(INVOKE, body=GOOD))
        assert answer.status == 200, body
        assert json.loads(body)["prompt"] == "Hi"


def read_answer(connection: socket.socket, method: str = "POST") -> tuple[HTTPResponse, bytes]:
    answer = HTTPResponse(connection, method=method)
    answer.begin()
    return answer, answer.read()


def check_refusal(answer: HTTPResponse, body: bytes, status: int) -> None:
    assert answer.status == status, body[:500]
    assert answer.headers["content-type"] == "application/json"
    assert len(body) < 2000
    parsed = json.loads(body)
    assert set(parsed) == {"message", "error"}
    assert set(parsed["error"]) == {"message", "type", "param", "code"}
    assert parsed["message"] == parsed["error"]["message"]
    assert parsed["message"]


def check_refused(front: Front, hostile: Hostile) -> None:
    """The request gets its status in our shape, and the next good one works."""
    answer, body = front.ask(hostile.data)
    check_refusal(answer, body, hostile.status)
    front.check_good_request()
