"""Hostile requests: each gets a clear 4xx in our shape, and the next good request works.

Everything is written to a socket byte by byte: a client library would mend what it sends.
"""

import gzip
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from slm.keys.store import new_key_value
from slm.limits import REQUEST_BODY_TIMEOUT_S, REQUEST_HEAD_TIMEOUT_S
from slm.routes import ROUTES

PATIENCE_S: Final = 60
"""Bound of every wait; far above what a loaded machine needs."""

KEY: Final = "THE-KEY"
"""Stands for the twin's key in the requests below."""

INVOKE: Final = "POST /invoke"
CHAT: Final = "POST /v1/chat/completions"
COMPLETIONS: Final = "POST /v1/completions"
GOOD: Final = b'{"prompt": "Hi", "parameters": {"max_new_tokens": 1}}'
HI: Final = [{"role": "user", "content": "Hi"}]


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


def chunked(name: str, body: bytes, status: int = 400) -> Hostile:
    data = request(INVOKE, "transfer-encoding: chunked", body=body, length=None)
    return Hostile(name, data, status)


def invoke_field(name: str, value: Any) -> Hostile:
    return posted(f"{name}={value!r:.30}", json.dumps({"prompt": "Hi", name: value}).encode())


def parameter(name: str, value: Any) -> Hostile:
    body = json.dumps({"prompt": "Hi", "parameters": {name: value}}).encode()
    return posted(f"{name}={value!r:.30}", body)


def chat(name: str, **fields: Any) -> Hostile:
    return posted(name, json.dumps({"messages": HI, "max_tokens": 1} | fields).encode(), to=CHAT)


def head_only(name: str, route: str, *headers: str, key: str | None, status: int) -> Hostile:
    return Hostile(name, request(route, *headers, body=GOOD, key=key), status)


NOT_JSON = [
    posted("no body", b""),
    posted("blanks", b" \r\n\t "),
    posted("cut off", b'{"prompt": "Hi"'),
    posted("more behind", GOOD + b"}"),
    posted("two documents", GOOD + GOOD),
    posted("single quotes", b"{'prompt': 'Hi'}"),
    posted("trailing comma", b'{"prompt": "Hi",}'),
    posted("comment", b'{"prompt": "Hi" /* hello */}'),
    posted("bare word", b"prompt"),
    posted("form", b"prompt=Hi&stream=true"),
    posted("XML", b"<?xml version='1.0'?><prompt>Hi</prompt>"),
    posted("NaN", b'{"prompt": "Hi", "parameters": {"temperature": NaN}}'),
    posted("Infinity", b'{"prompt": "Hi", "parameters": {"temperature": Infinity}}'),
    posted("-Infinity", b'{"prompt": "Hi", "parameters": {"temperature": -Infinity}}'),
    posted("1e999", b'{"prompt": "Hi", "parameters": {"temperature": 1e999}}'),
    posted("NUL byte", b'{"prompt": "a\x00b"}'),
    posted("NUL escaped", b'{"prompt": "a\\u0000b"}'),
    posted("NUL escaped in a key", b'{"prompt": "Hi", "a\\u0000b": 1}'),
    posted("only NULs", b"\x00" * 1000),
    posted("high surrogate alone", b'{"prompt": "\\ud800"}'),
    posted("low surrogate alone", b'{"prompt": "\\udc00"}'),
    posted("surrogates the wrong way round", b'{"prompt": "\\udc00\\ud800"}'),
    posted("surrogate in UTF-8", b'{"prompt": "\xed\xa0\x80"}'),
    posted("no UTF-8", b'{"prompt": "\xff\xfe"}'),
    posted("overlong UTF-8", b'{"prompt": "\xc0\x80"}'),
    posted("Latin-1", '{"prompt": "é"}'.encode("latin-1")),
    posted("BOM", b"\xef\xbb\xbf" + GOOD),
    posted("UTF-16", GOOD.decode().encode("utf-16")),
    posted("UTF-32", GOOD.decode().encode("utf-32-le")),
    posted("nested lists", b"[" * 100_000 + b"]" * 100_000),
    posted("nested lists without end", b"[" * 1_000_000),
    posted("nested objects", b'{"prompt":' * 50_000 + b"1" + b"}" * 50_000),
    posted("nested in a field", b'{"prompt": "Hi", "stop": ' + b"[" * 65 + b"]" * 65 + b"}"),
    posted("5 MB", b'{"prompt": "' + b"a" * 5_000_000 + b'"}', status=413),
    posted("11 MB", b'{"prompt": "' + b"a" * 11_000_000 + b'"}', status=413),
    posted("11 MB of blanks", b" " * 11_000_000, status=413),
    posted("over the context", b'{"prompt": "' + b"word " * 100_000 + b'"}'),
    posted("list", b"[]"),
    posted("string", b'"Hi"'),
    posted("number", b"1"),
    posted("null", b"null"),
]

WRONG_FIELDS = [
    posted("empty object", b"{}"),
    *(invoke_field("prompt", value) for value in (None, 1, True, "", [], ["Hi"], {})),
    *(invoke_field("parameters", value) for value in (1, "x", [], [1])),
    *(invoke_field("stream", value) for value in ("true", 1, 0, [])),
    *(invoke_field("apply_chat_template", value) for value in ("false", 1)),
    *(invoke_field(name, 1) for name in ("inputs", "model", "Prompt", "__proto__", "")),
    *(parameter("max_new_tokens", value) for value in (0, -1, 1.5, "5", None, True, 10**9, 10**30)),
    *(parameter("temperature", value) for value in (-0.1, 2.1, "hot", None, True, 1e308)),
    *(parameter("top_p", value) for value in (0, -1, 1.1, "x", None)),
    *(parameter("do_sample", value) for value in ("yes", 1, None)),
    *(parameter("top_k", value) for value in (-1, 1.5, "x")),
    *(parameter("stop", value) for value in (1, [1], [""], "", ["a"] * 100, ["a" * 10_000], {})),
    *(parameter("seed", value) for value in (-1, 1.5, "x", 2**64)),
    *(parameter("repetition_penalty", value) for value in (0, -1, "x", 1e9)),
    *(parameter("frequency_penalty", value) for value in (3, -3, "x")),
    *(parameter("presence_penalty", value) for value in (3, -3, "x")),
    *(parameter(name, 1) for name in ("max_tokens", "return_full_text", "details", "watermark")),
    posted(
        "sampling without temperature",
        b'{"prompt": "Hi", "parameters": {"do_sample": true, "temperature": 0}}',
    ),
    chat("no messages", messages=[]),
    chat("messages a string", messages="Hi"),
    chat("message a string", messages=["Hi"]),
    chat("message without a role", messages=[{"content": "Hi"}]),
    chat("unknown role", messages=[{"role": "root", "content": "Hi"}]),
    chat("content a number", messages=[{"role": "user", "content": 1}]),
    chat("image", messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]),
    chat("unknown field", frobnicate=1),
    chat("n of 0", n=0),
    chat("n of a thousand", n=1000),
    chat("model a number", model=1),
    chat("max_tokens of 0", max_tokens=0),
    chat("stream a string", stream="true"),
    chat("stream_options without stream", stream_options={"include_usage": True}),
    chat("response_format a string", response_format="json"),
    chat("stop too many", stop=["a"] * 100),
    chat("logit_bias a list", logit_bias=[1]),
    chat("tools a string", tools="x"),
    Hostile(
        "/v1/chat/completions unknown model",
        request(CHAT, body=json.dumps({"messages": HI, "model": "gpt-4o"}).encode()),
        404,
    ),
    posted("prompt a list of tokens", b'{"prompt": [1, 2, 3]}', to=COMPLETIONS),
    posted("no prompt", b'{"max_tokens": 1}', to=COMPLETIONS),
]

WRONG_ROUTES = [
    *(
        Hostile(f"{method} {path}", request(f"{method} {path}", key=None), 405)
        for path in sorted({route.path for route in ROUTES})
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND")
    ),
    *(
        Hostile(f"{method} {path}", request(f"{method} {path}", body=GOOD), 405)
        for method, path in (
            ("GET", "/invoke"),
            ("GET", "/v1/chat/completions"),
            ("POST", "/v1/models"),
            ("POST", "/health"),
            ("POST", "/"),
            ("post", "/invoke"),
            ("A" * 100, "/invoke"),
        )
    ),
    *(
        Hostile(f"POST {path:.40}", request(f"POST {path}", body=GOOD), 404)
        for path in (
            "/nowhere",
            "/invoke/",
            "//invoke",
            "/Invoke",
            "/invoke;x=1",
            "/invoke/../invoke",
            "/./invoke",
            "/v1",
            "/v1/chat",
            "/v1/chat/completions/x",
            "/v1/../invoke",
            "/..%2finvoke",
            "/%2e%2e/invoke",
            "/invoke%00",
            "/%00",
            "/invoke%20",
            "/invoke%0d%0ax-api-key:%20k",
            "/%ff%fe",
            "/%ed%a0%80",
            "/%zz",
            "/etc/passwd",
            "/..%5c..%5cwindows",
            "/" + "a/" * 3000,
            "/" + "%2e%2e%2f" * 500,
            "/invoke#fragment",
            "http://elsewhere.example/invoke",
            "*",
            "invoke",
        )
    ),
    Hostile("very long path", request("POST /" + "a" * 20_000, body=GOOD), 431),
    Hostile("very long query", request("POST /invoke?" + "a" * 20_000, body=GOOD), 431),
    head_only(
        "method override",
        "GET /invoke",
        "x-http-method-override: POST",
        key=KEY,
        status=405,
    ),
]

WRONG_KEYS = [
    head_only("no key", INVOKE, key=None, status=401),
    head_only("empty key", INVOKE, key="", status=401),
    head_only("unknown key", INVOKE, key=new_key_value(), status=401),
    head_only("key and more", INVOKE, key=f"{KEY}x", status=401),
    head_only("key in quotes", INVOKE, key=f'"{KEY}"', status=401),
    head_only("list of keys", INVOKE, key=f"{KEY}, {KEY}", status=401),
    head_only("key of 8 KB", INVOKE, key="k" * 8000, status=401),
    head_only("key of odd bytes", INVOKE, key="é" * 20, status=401),
    head_only("two keys", INVOKE, f"x-api-key: {new_key_value()}", key=KEY, status=401),
    head_only(
        "two keys, two headers",
        INVOKE,
        f"authorization: Bearer {new_key_value()}",
        key=KEY,
        status=401,
    ),
    head_only("key in a wrong header", INVOKE, f"api-key: {KEY}", key=None, status=401),
    head_only("key in a cookie", INVOKE, f"cookie: x-api-key={KEY}", key=None, status=401),
    head_only("key in the query", f"POST /invoke?x-api-key={KEY}", key=None, status=401),
    head_only("basic key", INVOKE, f"authorization: Basic {KEY}", key=None, status=401),
    head_only("bare authorization", INVOKE, f"authorization: {KEY}", key=None, status=401),
    head_only("empty bearer", INVOKE, "authorization: Bearer", key=None, status=401),
    head_only("encoded path", "POST /%69nvoke", key=None, status=401),
    head_only("encoded slash", "GET /v1%2fmodels", key=None, status=401),
    head_only(
        "forged context",
        INVOKE,
        'x-amzn-request-context: {"identity": {"apiKeyId": "x"}}',
        key=None,
        status=401,
    ),
    Hostile(
        "key in a trailer",
        request(
            INVOKE,
            "transfer-encoding: chunked",
            body=b"%x\r\n%s\r\n0\r\nx-api-key: %s\r\n\r\n" % (len(GOOD), GOOD, KEY.encode()),
            key=None,
            length=None,
        ),
        401,
    ),
]

WRONG_FRAMES = [
    Hostile("absent length", request(INVOKE, body=GOOD, length=None), 400),
    Hostile("negative length", request(INVOKE, body=GOOD, length=-5), 400),
    Hostile("length a word", request(INVOKE, "content-length: ten", length=None), 400),
    Hostile(
        "length of 100 digits", request(INVOKE, f"content-length: {'9' * 100}", length=None), 400
    ),
    Hostile("two different lengths", request(INVOKE, "content-length: 3", body=GOOD), 400),
    Hostile("list of lengths", request(INVOKE, "content-length: 3, 5", length=None), 400),
    Hostile("length too short", request(INVOKE, body=GOOD, length=10), 400),
    Hostile("length and chunks", request(INVOKE, "transfer-encoding: chunked", body=GOOD), 400),
    Hostile("terabyte announced", request(INVOKE, length=10**12), 413),
    Hostile("gzip body", request(INVOKE, "content-encoding: gzip", body=gzip.compress(GOOD)), 400),
    Hostile("gzip only said", request(INVOKE, "content-encoding: gzip", body=GOOD), 400),
    Hostile(
        "gzip said and broken", request(INVOKE, "content-encoding: gzip", body=b"\x1f\x8b"), 400
    ),
    Hostile("transfer-encoding gzip", request(INVOKE, "transfer-encoding: gzip", length=None), 400),
    chunked("chunk without a size", b"hello\r\n"),
    chunked("chunk of garbage", b"zz\r\n\x00\xff\r\n"),
    chunked("chunk size negative", b"-1\r\nx\r\n"),
    chunked("chunk size huge", b"f" * 40 + b"\r\nx\r\n"),
    chunked("chunk longer than its size", b"1\r\nxyz\r\n0\r\n\r\n"),
    chunked("chunk extension without end", b"1;" + b"a" * 200_000, 431),
    chunked("no chunks", b"0\r\n\r\n"),
    chunked("11 MB in chunks", (b"100000\r\n" + b"a" * 0x100000 + b"\r\n") * 11, 413),
    Hostile("HTTP/0.9", b"GET /invoke\r\n\r\n", 400),
    Hostile("no version", b"GET / HTTP\r\n\r\n", 400),
    Hostile("blank lines", b"\r\n\r\n\r\n", 400),
    Hostile(
        "TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xab" * 64 + b"\r\n\r\n", 400
    ),
    Hostile("SSH", b"SSH-2.0-OpenSSH_9.6\r\n\r\n", 400),
    Hostile("SMTP", b"EHLO example.com\r\n\r\n", 400),
    Hostile("random bytes", bytes(range(256)) * 8 + b"\r\n\r\n", 400),
    Hostile("no host", b"POST /invoke HTTP/1.1\r\n\r\n", 400),
    Hostile("two hosts", request(INVOKE, "host: other", body=GOOD), 400),
    Hostile("NUL in the path", b"GET /health\x00 HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    Hostile("NUL in a header", request("GET /health", "x-odd: a\x00b"), 400),
    Hostile("header without a colon", request("GET /health", "hello"), 400),
    Hostile("space in a header's name", request("GET /health", "x odd: a"), 400),
    Hostile("path of odd bytes", request("GET /h\xe9alth"), 400),
    Hostile("header of 1 MB", request("GET /health", f"x-odd: {'a' * 1_000_000}"), 431),
    Hostile("header of 11 KB", request("GET /health", f"x-odd: {'a' * 11_000}"), 431),
    Hostile("10,000 headers", request("GET /health", *["x-odd: 0123456789"] * 10_000), 431),
]

HOSTILE: Final = [*NOT_JSON, *WRONG_FIELDS, *WRONG_ROUTES, *WRONG_KEYS, *WRONG_FRAMES]


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


@pytest.fixture(scope="module")
def front(twin: Any) -> Front:
    return Front(twin.url, twin.key)


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len(HOSTILE) >= 60
    assert len({hostile.name for hostile in HOSTILE}) == len(HOSTILE)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_a_hostile_request_is_refused_and_the_next_good_one_works(
    hostile: Hostile, front: Front
) -> None:
    answer, body = front.ask(hostile.data)
    check_refusal(answer, body, hostile.status)
    front.check_good_request()


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES if route.key_required}))
def test_head_opens_no_route_without_a_key(path: str, front: Front) -> None:
    with front.sending(request(f"HEAD {path}", key=None)) as connection:
        answer, _ = read_answer(connection, "HEAD")
    assert answer.status in {401, 405}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PO",
        b"POST /invoke HTTP/1.1\r\nhost: x\r\n",
        request(INVOKE, body=GOOD, length=1000),
        request(INVOKE, "transfer-encoding: chunked", body=b"5\r\nab", length=None),
        request(INVOKE, "expect: 100-continue", length=1000),
    ],
    ids=["at once", "in the method", "in the head", "in the body", "in a chunk", "before the body"],
)
def test_a_client_may_hang_up_within_its_request(data: bytes, front: Front) -> None:
    with front.sending(data):
        pass
    front.check_good_request()


@pytest.mark.parametrize("stream", [False, True])
def test_clients_may_hang_up_while_they_are_answered(stream: bool, front: Front) -> None:
    long = {"prompt": "Count to 1000.", "parameters": {"max_new_tokens": 500}, "stream": stream}
    for _ in range(10):
        with front.sending(request(INVOKE, body=json.dumps(long).encode())) as connection:
            if stream:
                assert connection.recv(1)
    front.check_good_request()


def test_requests_sent_at_once_are_answered_in_order(front: Front) -> None:
    prompts = [f"Say {n}." for n in range(4)]
    bodies = [
        json.dumps({"prompt": prompt, "parameters": {"max_new_tokens": 1}}).encode()
        for prompt in prompts
    ]
    data = b"".join(request(INVOKE, body=body) for body in bodies)
    with front.sending(data) as connection, connection.makefile("rb") as file:
        for prompt in prompts:
            assert json.loads(read_next(file))["prompt"] == prompt


def test_a_broken_request_behind_a_good_one_spoils_only_itself(front: Front) -> None:
    data = request(INVOKE, body=GOOD) + b"\x00\x01\x02\r\n\r\n"
    with front.sending(data) as connection, connection.makefile("rb") as file:
        assert json.loads(read_next(file))["prompt"] == "Hi"
        assert json.loads(read_next(file))["error"]["code"] == "invalid_request"
        assert file.read() == b""


def read_next(file: Any) -> bytes:
    """Body of the next answer on a connection that goes on; it has a length."""
    length = 0
    while (line := file.readline().strip().lower()) != b"":
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    body: bytes = file.read(length)
    return body


def test_slow_clients_are_told_so_and_hold_up_no_one(front: Front) -> None:
    slow = {
        "head": (b"POST /invoke HTTP/1.1\r\nho", REQUEST_HEAD_TIMEOUT_S),
        "body": (request(INVOKE, body=GOOD[:-1], length=len(GOOD)), REQUEST_BODY_TIMEOUT_S),
    }
    with ThreadPoolExecutor(len(slow)) as threads:
        asking = {name: threads.submit(front.ask, data) for name, (data, _) in slow.items()}
        front.check_good_request()
        assert not any(answer.done() for answer in asking.values())
        for name, (_, seconds) in slow.items():
            answer, body = asking[name].result(PATIENCE_S + seconds)
            check_refusal(answer, body, 408)
    front.check_good_request()
