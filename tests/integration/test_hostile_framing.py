"""Bytes that are no HTTP, and clients that are slow or leave: nobody else notices them."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

import pytest

from slm.limits import REQUEST_BODY_TIMEOUT_S, REQUEST_HEAD_TIMEOUT_S
from tests.integration.hostile import (
    GOOD,
    INVOKE,
    PATIENCE_S,
    Front,
    Hostile,
    check_refusal,
    check_refused,
    request,
)


def chunked(name: str, body: bytes, status: int = 400) -> Hostile:
    data = request(INVOKE, "transfer-encoding: chunked", body=body, length=None)
    return Hostile(name, data, status)


def chunked_as(coding: str, *, more: bytes = b"") -> bytes:
    """A good body in chunks, under a transfer-encoding of one's own.

    Args:
        coding: The transfer-encoding.
        more: Trailers.
    """
    body = b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(GOOD), GOOD, more)
    return request(INVOKE, f"transfer-encoding: {coding}", body=body, length=None)


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
    Hostile(
        "length and chunks, and a request behind",
        request(
            INVOKE,
            "transfer-encoding: chunked",
            body=b"0\r\n\r\n" + request("GET /health", key=None),
            length=4,
        ),
        400,
    ),
    *(
        Hostile(
            f"length {length!r}", request(INVOKE, f"content-length: {length}", length=None), 400
        )
        for length in ("+5", "0x10", "4 9", "4;", "²")
    ),
    *(
        Hostile(f"transfer-encoding {coding!r}", chunked_as(coding), 400)
        for coding in ("xchunked", "chunked, identity", "gzip, chunked", "identity", "chunked ,")
    ),
    Hostile("two transfer-encodings", chunked_as("chunked\r\ntransfer-encoding: chunked"), 400),
    Hostile("space before the colon", request("GET /health", "x-odd : a"), 400),
    Hostile("return within a header", request("GET /health", "x-odd: a\rb"), 400),
    Hostile("folded first header", b"GET /health HTTP/1.1\r\n host: x\r\n\r\n", 400),
    Hostile("trailers of 1 MB", chunked_as("chunked", more=b"x: " + b"a" * 1_000_000), 431),
    Hostile("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\x12\4" * 5, 400),
    Hostile("HTTP/2.0", b"GET /health HTTP/2.0\r\nhost: x\r\n\r\n", 400),
    Hostile("tunnel", b"CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n", 404),
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


@pytest.mark.parametrize("hostile", WRONG_FRAMES, ids=lambda hostile: hostile.name)
def test_what_is_no_http_is_refused(hostile: Hostile, front: Front) -> None:
    check_refused(front, hostile)


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


def read_next(file: BinaryIO) -> bytes:
    """Body of the next answer on a connection that goes on; it has a length."""
    length = 0
    while (line := file.readline().strip().lower()) != b"":
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return file.read(length)


@pytest.mark.parametrize(
    "data",
    [
        request(f"{INVOKE}", body=GOOD).replace(b"\r\n", b"\n"),
        request(INVOKE, "x-folded: a\r\n b", body=GOOD),
        request(INVOKE, f"content-length: {len(GOOD)}", body=GOOD),
        request(INVOKE, "connection: upgrade, http2-settings", "upgrade: h2c", body=GOOD),
        chunked_as("chunked", more=b"x-trailer: a\r\n"),
        request(
            INVOKE,
            "transfer-encoding: chunked",
            body=b"%x;name=value\r\n%s\r\n0;last\r\n\r\n" % (len(GOOD), GOOD),
            length=None,
        ),
        request(INVOKE, "transfer-encoding: chunked", length=None)
        + b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD)
        + b"0\r\n\r\n",
    ],
    ids=[
        "bare line feeds",
        "folded header",
        "the same length twice",
        "upgrade",
        "trailer",
        "chunk extensions",
        "chunks of a byte",
    ],
)
def test_odd_but_allowed_requests_are_answered(data: bytes, front: Front) -> None:
    """RFC 9112 lets a server take them: 2.2, 5.2, 6.3, 7.1; RFC 9110 7.8."""
    answer, body = front.ask(data)
    assert answer.status == 200, body
    assert json.loads(body)["prompt"] == "Hi"


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
