"""The checks on an API that is as it should be, and on others that are not."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import httpx
import pytest

from slm.client import Target
from slm.operations.smoke import CheckResult, SmokeTest

pytestmark = pytest.mark.anyio

KEY = "k" * 20
PAUSE_S = 0.001

Handler = Callable[[httpx.Request], Any]


class SlowStream(httpx.AsyncByteStream):
    """Events with a pause between them."""

    def __init__(self, *events: Any) -> None:
        self._events = events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for event in self._events:
            yield f"data: {json.dumps(event)}\n\n".encode()
            await anyio.sleep(PAUSE_S)


TOKEN = {"token": {"text": "Paris"}}
LAST = {"generated_text": "Paris"}
TWO_EVENTS = f"data: {json.dumps(TOKEN)}\n\ndata: {json.dumps(LAST)}\n\n".encode()


def refusal(status: int, code: str) -> httpx.Response:
    error = {"message": "No.", "type": "t", "param": None, "code": code}
    return httpx.Response(status, json={"message": "No.", "error": error})


def good(request: httpx.Request) -> httpx.Response:
    """An API that is as it should be."""
    sent = {request.headers.get("x-api-key")} | {
        request.headers.get("authorization", "").removeprefix("Bearer ") or None
    }
    match request.method, request.url.path:
        case "GET", "/prod/health":
            return httpx.Response(200, json={"message": "The model is ready."})
        case "GET", "/prod/":
            return httpx.Response(200, text="<!doctype html><HTML>")
        case "GET", "/prod/openapi.json":
            return httpx.Response(200, json={"paths": {"/": {}}})
        case "GET", "/prod/no-such-path":
            return refusal(404, "route_not_found")
    if sent - {None} != {KEY}:
        return refusal(401, "invalid_api_key")
    match request.url.path:
        case "/prod/v1/models":
            return httpx.Response(200, json={"data": [{"id": "my-model"}]})
        case "/prod/v1/chat/completions":
            return httpx.Response(200, json={"usage": {"completion_tokens": 3}})
    body = json.loads(request.content)
    if not isinstance(body["prompt"], str):
        return refusal(400, "invalid_value")
    if len(body["prompt"]) > 1000:
        return refusal(413, "request_too_large")
    if body.get("stream"):
        return httpx.Response(200, stream=SlowStream(TOKEN, LAST))
    return httpx.Response(200, json={"details": {"generated_tokens": 3}})


async def checks_of(handler: Handler) -> dict[str, CheckResult]:
    target = Target("API", "https://api.example/prod/", KEY, "")
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
        test = SmokeTest(target, client)
        return {name: await test.run(name, check) for name, check in test.checks}


def with_answer(path: str, answer: Callable[[], httpx.Response]) -> Handler:
    """The good API, but for one path."""
    return lambda request: answer() if request.url.path == path else good(request)


async def test_an_api_that_is_as_it_should_be() -> None:
    checks = await checks_of(good)
    assert [name for name, check in checks.items() if not check.passed] == []
    assert checks["health"].detail == "The model is ready."
    assert checks["no key is refused"].detail == "401 invalid_api_key"
    assert checks["stream of events"].detail.startswith("2 events over ")
    assert len(checks) == 13


@pytest.mark.parametrize(
    ("name", "path", "answer", "detail"),
    [
        ("health", "/prod/health", lambda: refusal(503, "x"), "503 instead of 200"),
        ("playground", "/prod/", lambda: httpx.Response(200, text="hello"), "no page"),
        ("description", "/prod/openapi.json", lambda: httpx.Response(200, text="x"), "Expecting"),
        ("chat completion", "/prod/v1/chat/completions", lambda: httpx.Response(200, json={}), ""),
        (
            "no key is refused",
            "/prod/invoke",
            lambda: httpx.Response(401, json={"message": "a", "error": {"message": "b"}}),
            "no body of this API",
        ),
        (
            "stream of events",
            "/prod/invoke",
            lambda: httpx.Response(200, content=TWO_EVENTS),
            "all events came at once",
        ),
        (
            "stream of events",
            "/prod/invoke",
            lambda: httpx.Response(200, stream=SlowStream(TOKEN)),
            "the stream broke off",
        ),
        ("stream of events", "/prod/invoke", lambda: refusal(429, "x"), "429 instead of 200"),
    ],
)
async def test_what_is_wrong_is_told(
    name: str, path: str, answer: Callable[[], httpx.Response], detail: str
) -> None:
    check = (await checks_of(with_answer(path, answer)))[name]
    assert not check.passed
    assert detail in check.detail


async def test_a_short_answer_that_was_read_late_is_asked_for_again_and_longer() -> None:
    asked = []

    def read_late(request: httpx.Request) -> Any:
        body = json.loads(request.content or b"{}")
        if not body.get("stream"):
            return good(request)
        asked.append(body["parameters"]["max_new_tokens"])
        return httpx.Response(200, content=TWO_EVENTS) if len(asked) == 1 else good(request)

    check = (await checks_of(read_late))["stream of events"]
    assert check.passed
    assert check.detail.startswith("2 events over ")
    assert asked == [16, 256]


async def test_an_api_that_is_not_there() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    checks = await checks_of(refuse)
    assert not any(check.passed for check in checks.values())
    assert checks["health"].detail == "ConnectError: refused"
