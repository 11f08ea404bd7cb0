import json
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from slm.client import ApiRefused, ApiUnreachable, Health, Target, health, invoke, stream
from slm.errors import InvalidRequest, Unauthorized, error_body

pytestmark = pytest.mark.anyio

TARGET = Target("The API", "https://api.example/prod/", "the-key", "Look there.")
REQUEST = {"prompt": "Hi", "parameters": {"temperature": 0}}
FINAL = {"generated_text": "Hello!", "prompt": "Hi"}

Handler = Callable[[httpx.Request], httpx.Response]


def events(*data: dict[str, object] | str) -> bytes:
    lines = (d if isinstance(d, str) else f"data: {json.dumps(d)}" for d in data)
    return "".join(f"{line}\n\n" for line in lines).encode()


def answering(status: int, content: bytes) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, content=content))


def failing(error: Exception) -> httpx.MockTransport:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(fail)


async def all_events(transport: httpx.AsyncBaseTransport) -> list[dict[str, object]]:
    return [event async for event in stream(TARGET, REQUEST, transport=transport)]


async def test_a_whole_answer() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=FINAL)

    assert await invoke(TARGET, REQUEST, transport=httpx.MockTransport(handle)) == FINAL
    (request,) = seen
    assert request.method == "POST"
    assert request.url == "https://api.example/prod/invoke"
    assert request.headers["x-api-key"] == "the-key"
    assert json.loads(request.content) == REQUEST


async def test_a_stream() -> None:
    seen: list[httpx.Request] = []
    content = events({"token": {"text": "Hel"}}, ": keep-alive", {"token": {"text": "lo!"}}, FINAL)

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=content)

    got = await all_events(httpx.MockTransport(handle))
    assert got == [{"token": {"text": "Hel"}}, {"token": {"text": "lo!"}}, FINAL]
    assert json.loads(seen[0].content) == REQUEST | {"stream": True}


async def test_line_separators_inside_of_a_text_are_text() -> None:
    text = "a\u2028b\u0085c"
    content = f'data: {{"token": {{"text": "{text}"}}}}\n\n'.encode() + events(FINAL)
    got = await all_events(answering(200, content))
    assert got[0] == {"token": {"text": text}}


async def test_an_error_in_our_shape_keeps_its_facts() -> None:
    body = error_body(InvalidRequest("prompt is missing", param="prompt", code="missing"))
    transport = answering(400, json.dumps(body).encode())
    for call in (invoke(TARGET, REQUEST, transport=transport), all_events(transport)):
        with pytest.raises(ApiRefused) as caught:
            await call
        error = caught.value
        assert error.message == "The API answered 400 Bad Request: prompt is missing"
        assert (error.status, error.param, error.code) == (400, "prompt", "missing")


@pytest.mark.parametrize(
    ("status", "content", "message"),
    [
        (502, b"<html>proxy</html>", "The API answered 502 Bad Gateway: <html>proxy</html>"),
        (499, b"", "The API answered 499: no text"),
        (403, b'{"message": "Forbidden"}', 'Forbidden: {"message": "Forbidden"}'),
        (500, b'{"error": "just a text"}', "Internal Server Error: just a text"),
        (500, b"x" * 1000, "x" * 200),
    ],
)
async def test_an_error_of_something_else(status: int, content: bytes, message: str) -> None:
    with pytest.raises(ApiRefused) as caught:
        await invoke(TARGET, REQUEST, transport=answering(status, content))
    assert caught.value.message.endswith(message)
    assert caught.value.status == status


@pytest.mark.parametrize(("status", "advised"), [(401, True), (403, False)])
async def test_a_refused_key_is_told_with_what_to_do(status: int, *, advised: bool) -> None:
    target = replace(TARGET, if_refused="Take another.")
    body = json.dumps(error_body(Unauthorized("no such key"))).encode()
    for call in (
        invoke(target, REQUEST, transport=answering(status, body)),
        anext(stream(target, REQUEST, transport=answering(status, body))),
    ):
        with pytest.raises(ApiRefused) as caught:
            await call
        assert caught.value.message.endswith("no such key Take another.") is advised


async def test_an_error_event() -> None:
    error = {"error": {"message": "The model failed", "code": "model_failed", "param": None}}
    content = events({"token": {"text": "Hel"}}, error)
    got = []
    with pytest.raises(ApiRefused, match="broke the answer off: The model failed") as caught:
        async for event in stream(TARGET, REQUEST, transport=answering(200, content)):
            got.append(event)
    assert got == [{"token": {"text": "Hel"}}]
    assert caught.value.code == "model_failed"


async def test_a_stream_that_just_ends() -> None:
    with pytest.raises(ApiUnreachable, match=r"broke the answer off\. Look there\."):
        await all_events(answering(200, events({"token": {"text": "Hel"}})))


@pytest.mark.parametrize("content", [b"<html>", b"[]", b"\xff"])
async def test_an_answer_of_another_server(content: bytes) -> None:
    with pytest.raises(ApiUnreachable, match=r"not this API.*Look there\."):
        await invoke(TARGET, REQUEST, transport=answering(200, content))


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (httpx.ConnectError("refused"), r"Nothing answers at https://api.example/prod/ \(refused"),
        (httpx.ConnectTimeout(""), r"Nothing answers at .* \(ConnectTimeout\)"),
        (httpx.ReadTimeout(""), "was silent for too long"),
        (httpx.RemoteProtocolError("cut"), r"broke \(cut\)"),
    ],
)
async def test_no_answer(error: Exception, message: str) -> None:
    for call in (
        invoke(TARGET, REQUEST, transport=failing(error)),
        all_events(failing(error)),
        health(TARGET, transport=failing(error)),
    ):
        with pytest.raises(ApiUnreachable, match=rf"{message}.*Look there\."):
            await call


async def test_health() -> None:
    ready = answering(200, b'{"message": "The model is ready."}')
    assert await health(TARGET, transport=ready) == Health(True, "The model is ready.")
    stopped = answering(503, b'{"message": "It is stopped."}')
    assert await health(TARGET, transport=stopped) == Health(False, "It is stopped.")


def test_a_target_does_not_show_its_key() -> None:
    assert "the-key" not in repr(TARGET)
