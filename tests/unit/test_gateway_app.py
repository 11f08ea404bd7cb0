"""What the app answers beside its handlers: routes, errors, CORS, faults of our own."""

import json
import logging
from typing import Any

import pytest

from slm import routes
from slm.errors import EndpointUnavailable
from slm.gateway.backend import EndpointStatus
from slm.gateway.request_log import JsonFormatter
from slm.limits import MAX_BODY_BYTES
from tests.unit.fakes import CONFIG, FakeBackend, chunk, gateway

pytestmark = pytest.mark.anyio

ERROR_KEYS = {"message", "type", "param", "code"}


def assert_error(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status
    body = answer.json()
    assert set(body) == {"message", "error"}
    assert set(body["error"]) == ERROR_KEYS
    assert body["error"]["code"] == code
    assert body["message"] == body["error"]["message"]


@pytest.mark.parametrize("path", ["/nope", "/invoke/", "/v1", "/v1/chat", "/INVOKE"])
async def test_unknown_route(path: str) -> None:
    async with gateway(FakeBackend()) as client:
        answer = await client.post(path, json={})
    assert_error(answer, 404, "route_not_found")
    assert "POST /v1/chat/completions" in answer.json()["message"]


async def test_a_long_path_or_method_is_not_sent_back() -> None:
    async with gateway(FakeBackend()) as client:
        assert len((await client.get("/" + "a" * 5000)).content) < 1000
        assert len((await client.request("A" * 5000, "/health")).content) < 1000


@pytest.mark.parametrize("route", routes.ROUTES, ids=lambda route: route.path)
async def test_wrong_method(route: routes.Route) -> None:
    async with gateway(FakeBackend()) as client:
        answer = await client.request("DELETE", route.path)
    assert_error(answer, 405, "method_not_allowed")
    assert route.method in answer.headers["allow"]


async def test_every_route_of_the_table_is_served() -> None:
    async with gateway(FakeBackend()) as client:
        for route in routes.ROUTES:
            path = route.path.replace("{model}", CONFIG.served_model_name)
            answer = await client.request(route.method, path)
            assert answer.status_code in {200, 400}, route


async def test_body_over_the_limit() -> None:
    async with gateway(FakeBackend()) as client:
        answer = await client.post("/invoke", content=b"x" * (MAX_BODY_BYTES + 1))
    assert_error(answer, 413, "request_too_large")


async def test_body_over_the_limit_without_a_declared_length() -> None:
    async def chunks() -> Any:
        for _ in range(MAX_BODY_BYTES // 2**20 + 1):
            yield b"x" * 2**20

    async with gateway(FakeBackend()) as client:
        answer = await client.post("/invoke", content=chunks())
    assert_error(answer, 413, "request_too_large")


async def test_a_fault_of_ours_says_nothing_of_the_inside(caplog: pytest.LogCaptureFixture) -> None:
    async with gateway(FakeBackend([ZeroDivisionError("secret detail")])) as client:
        answer = await client.post("/invoke", json={"prompt": "x"})
    assert_error(answer, 500, "internal_error")
    assert "secret" not in answer.text
    assert any(record.exc_info for record in caplog.records)


class TestHealth:
    async def test_ready(self) -> None:
        async with gateway(FakeBackend()) as client:
            answer = await client.get("/health")
        assert answer.status_code == 200
        assert answer.json()["status"] == "InService"
        assert answer.json()["endpoint_name"] == "test-endpoint"

    @pytest.mark.parametrize("status", ["Creating", "Failed", "NotFound", "SomethingNew"])
    async def test_not_ready(self, status: str) -> None:
        async with gateway(FakeBackend(status=EndpointStatus(status))) as client:
            answer = await client.get("/health")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert answer.json()["status"] == status
        assert answer.json()["error"]["code"] == "endpoint_unavailable"

    async def test_never_generates(self) -> None:
        backend = FakeBackend()
        async with gateway(backend) as client:
            await client.get("/health")
        assert backend.bodies == []


class TestCors:
    async def test_off_by_default(self) -> None:
        async with gateway(FakeBackend()) as client:
            answer = await client.get("/health", headers={"origin": "https://a.example"})
        assert not [name for name in answer.headers if name.startswith("access-control")]

    async def test_on_for_the_origins_named(self) -> None:
        origins = ("https://a.example",)
        async with gateway(FakeBackend(), cors_origins=origins) as client:
            preflight = await client.options(
                "/invoke",
                headers={
                    "origin": "https://a.example",
                    "access-control-request-method": "POST",
                    "access-control-request-headers": "x-api-key,content-type",
                },
            )
            other = await client.get("/health", headers={"origin": "https://b.example"})
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "https://a.example"
        assert "access-control-allow-origin" not in other.headers


class TestLog:
    @pytest.fixture
    def lines(self, caplog: pytest.LogCaptureFixture) -> Any:
        caplog.set_level(logging.INFO, logger="slm.gateway")
        formatter = JsonFormatter()

        def read() -> list[dict[str, Any]]:
            return [
                json.loads(formatter.format(record))
                for record in caplog.records
                if record.name.startswith("slm.gateway")
            ]

        return read

    async def test_one_line_with_counts_and_ids_and_no_prompt_or_key(self, lines: Any) -> None:
        context = {
            "requestId": "req-1",
            "identity": {"apiKeyId": "key-id", "apiKey": "the-key-itself"},
        }
        async with gateway(FakeBackend()) as client:
            answer = await client.post(
                "/invoke",
                json={"prompt": "my secret prompt"},
                headers={
                    "x-amzn-request-context": json.dumps(context),
                    "x-api-key": "the-key-itself",
                },
            )
        (line,) = lines()
        assert answer.headers["x-request-id"] == "req-1"
        assert line["request_id"] == "req-1"
        assert line["key_id"] == "key-id"
        assert (line["prompt_tokens"], line["generated_tokens"]) == (7, 2)
        assert (line["status"], line["partial"], line["stream"]) == (200, False, False)
        assert line["first_token_ms"] <= line["duration_ms"]
        text = json.dumps(line)
        assert "secret" not in text
        assert "the-key-itself" not in text
        assert "Hello" not in text

    async def test_a_broken_stream_counts_what_was_given(self, lines: Any) -> None:
        backend = FakeBackend([chunk("a"), chunk("b"), EndpointUnavailable("gone")])
        async with gateway(backend) as client:
            await client.post("/invoke", json={"prompt": "x", "stream": True})
        (line,) = lines()
        assert (line["generated_tokens"], line["partial"]) == (2, True)
        assert line["error"] == "endpoint_unavailable"

    @pytest.mark.parametrize("context", ["not json", "[]", '"text"', '{"identity": 5}', "{}"])
    async def test_a_broken_context_breaks_nothing(self, context: str, lines: Any) -> None:
        async with gateway(FakeBackend()) as client:
            answer = await client.get("/v1/models", headers={"x-amzn-request-context": context})
        assert answer.status_code == 200
        assert lines()[0]["key_id"] == ""
