"""Wrong routes, methods and keys: each gets a 4xx, and the next good request works."""

import pytest

from slm.keys.store import new_key_value
from slm.routes import ROUTES
from tests.integration.hostile import (
    GOOD,
    INVOKE,
    KEY,
    Front,
    Hostile,
    check_refused,
    read_answer,
    request,
)


def head_only(name: str, route: str, *headers: str, key: str | None, status: int) -> Hostile:
    return Hostile(name, request(route, *headers, body=GOOD, key=key), status)


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
    *(
        Hostile(f"GET /v1/models/{name}", request(f"GET /v1/models/{name}"), 404)
        for name in ("gpt-4o", "", "..%2f..%2finvoke", "%00", "a/b/c", "%f0%9f%92%a9")
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
    head_only("one model", "GET /v1/models/any", key=None, status=401),
    head_only("one model, no name", "GET /v1/models/", key=None, status=401),
    head_only("one model, encoded", "GET /v1%2fmodels%2fowner%2fname", key=None, status=401),
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


@pytest.mark.parametrize("hostile", [*WRONG_ROUTES, *WRONG_KEYS], ids=lambda hostile: hostile.name)
def test_what_is_no_route_of_the_caller_is_refused(hostile: Hostile, front: Front) -> None:
    check_refused(front, hostile)


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES if route.key_required}))
def test_head_opens_no_route_without_a_key(path: str, front: Front) -> None:
    with front.sending(request(f"HEAD {path}", key=None)) as connection:
        answer, _ = read_answer(connection, "HEAD")
    assert answer.status in {401, 405}
