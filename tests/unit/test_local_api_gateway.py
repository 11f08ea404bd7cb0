"""The local API Gateway around an app that says what reached it."""

import asyncio
import json
import logging

import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slm.keys.store import new_key_value
from slm.limits import API_GATEWAY_MAX_BODY_BYTES
from slm.routes import ROUTES, Route
from slm.settings import DEFAULT_PLAN
from tests.unit.serving import PATIENCE_S
from tests.unit.staging import SETTINGS, Stage, assert_refused

pytestmark = pytest.mark.anyio

KEYED = [route for route in ROUTES if route.key_required]
KEYLESS = [route for route in ROUTES if not route.key_required]


# --- Keys ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x-api-key", "X-API-Key"])
async def test_a_known_key_passes_by_its_own_header(name: str) -> None:
    stage = Stage()
    assert (await stage.invoke(headers={name: stage.key})).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_a_known_key_passes_as_a_bearer_token(scheme: str) -> None:
    stage = Stage()
    answer = await stage.invoke(headers={"authorization": f"{scheme} {stage.key}"})
    assert answer.status_code == 200


async def test_the_same_key_in_both_headers_passes() -> None:
    stage = Stage()
    headers = {"authorization": f"Bearer {stage.key}", "x-api-key": stage.key}
    assert (await stage.invoke(headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"x-api-key": ""}, {"authorization": "Basic Og=="}, {"api-key": "x"}]
)
async def test_without_a_key_it_is_a_401(headers: dict[str, str]) -> None:
    stage = Stage()
    answer = await stage.invoke(headers=headers)
    assert answer.status_code == 401
    assert answer.headers["x-amzn-errortype"] == "UnauthorizedException"
    assert_refused(answer, "UNAUTHORIZED")
    assert not stage.recording.reached


async def test_two_different_keys_are_a_401_even_if_one_is_good() -> None:
    stage = Stage()
    headers = {"authorization": f"Bearer {new_key_value()}", "x-api-key": stage.key}
    assert_refused(await stage.invoke(headers=headers), "UNAUTHORIZED")
    assert not stage.recording.reached


@pytest.mark.parametrize("key", [new_key_value().encode(), b"x", b"k" * 8000, b"\xe9" * 20])
async def test_an_unknown_key_is_a_401(key: bytes) -> None:
    stage = Stage()
    answer = await stage.invoke(headers={b"x-api-key": key})
    assert answer.status_code == 401
    assert answer.headers["x-amzn-errortype"] == "ForbiddenException"
    assert_refused(answer, "INVALID_API_KEY")
    assert not stage.recording.reached


@pytest.mark.parametrize("route", KEYED, ids=str)
async def test_routes_with_a_key_are_closed_without_one(route: Route) -> None:
    stage = Stage()
    assert (await stage.request(route.method, route.path)).status_code == 401
    answer = await stage.request(route.method, route.path, headers={"x-api-key": stage.key})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [(route.method, route.path) for route in KEYLESS]
    + [("GET", "/nowhere"), ("GET", "/invoke"), ("OPTIONS", "/invoke"), ("DELETE", "/")],
)
async def test_everything_else_goes_to_the_app_without_a_key(method: str, path: str) -> None:
    stage = Stage()
    assert (await stage.request(method, path)).status_code == 200
    assert [(r.method, r.path) for r in stage.recording.reached] == [(method, path)]


async def test_keys_stay_out_of_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    stage = Stage()
    unknown = new_key_value()
    await stage.invoke()
    await stage.invoke(headers={"x-api-key": unknown})
    assert stage.key not in caplog.text
    assert unknown not in caplog.text


# --- Throttle and quota -------------------------------------------------------------


async def test_over_the_burst_it_is_a_429_until_the_bucket_refills() -> None:
    stage = Stage()
    statuses = [(await stage.invoke()).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    refused = await stage.invoke()
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["x-amzn-errortype"] == "TooManyRequestsException"
    assert_refused(refused, "THROTTLED")
    stage.clock.advance(1)
    assert [(await stage.invoke()).status_code for _ in range(3)] == [200, 200, 429]


async def test_a_keys_bucket_is_for_all_its_methods_together_and_for_it_alone() -> None:
    stage = Stage()
    headers = {"x-api-key": stage.key}
    for _ in range(5):
        await stage.request("GET", "/v1/models", headers=headers)
    assert (await stage.invoke()).status_code == 429
    other = new_key_value()
    stage.store.adopt(other, name="other", plan=DEFAULT_PLAN)
    assert (await stage.invoke(headers={"x-api-key": other})).status_code == 200


async def test_over_the_quota_it_is_a_429_until_the_next_day() -> None:
    stage = Stage()
    for _ in range(20):
        assert (await stage.invoke()).status_code == 200
        stage.clock.advance(1)
    refused = await stage.invoke()
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "3600"
    assert refused.headers["x-should-retry"] == "false"
    assert refused.headers["x-amzn-errortype"] == "LimitExceededException"
    assert_refused(refused, "QUOTA_EXCEEDED")
    stage.clock.advance(24 * 3600)
    assert (await stage.invoke()).status_code == 200


async def test_throttled_requests_do_not_count_towards_the_quota() -> None:
    stage = Stage()
    passed = 0
    for _ in range(4):
        for _ in range(30):
            passed += (await stage.invoke()).status_code == 200
        stage.clock.advance(2.5)  # refills the bucket
    assert passed == 20
    assert_refused(await stage.invoke(), "QUOTA_EXCEEDED")


async def test_each_keyless_method_has_a_low_throttle_of_its_own() -> None:
    stage = Stage()
    assert [(await stage.request("GET", "/health")).status_code for _ in range(4)] == [
        200,
        200,
        200,
        429,
    ]
    assert (await stage.request("GET", "/openapi.json")).status_code == 200
    assert (await stage.invoke()).status_code == 200
    stage.clock.advance(1)
    assert (await stage.request("GET", "/health")).status_code == 200


async def test_unknown_paths_share_one_throttle() -> None:
    stage = Stage()
    statuses = [(await stage.request("GET", f"/nowhere/{n}")).status_code for n in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


async def test_models_that_are_asked_for_share_one_throttle() -> None:
    stage = Stage()
    statuses = [(await stage.request("POST", f"/v1/models/{n}")).status_code for n in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


async def test_a_flood_of_bad_keys_is_throttled_and_holds_up_no_good_one() -> None:
    stage = Stage()
    statuses = [
        (await stage.invoke(headers={"x-api-key": new_key_value()})).status_code for _ in range(4)
    ]
    assert statuses == [401, 401, 401, 429]
    assert (await stage.invoke(headers={})).status_code == 429
    assert (await stage.invoke()).status_code == 200
    assert (await stage.request("GET", "/health")).status_code == 200


# --- Requests at once ---------------------------------------------------------------


class Busy:
    """An app that answers only when it is let go."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.working = asyncio.Semaphore(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.working.release()
        await self.let_go.wait()
        await Response("done")(scope, receive, send)


async def test_more_requests_at_once_than_the_function_takes_are_a_429() -> None:
    busy = Busy()
    stage = Stage(SETTINGS.model_copy(update={"max_concurrent_requests": 2}), app=busy)
    in_work = [asyncio.create_task(stage.invoke()) for _ in range(2)]
    for _ in in_work:
        await asyncio.wait_for(busy.working.acquire(), PATIENCE_S)
    refused = await stage.invoke()
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "model_overloaded"
    assert refused.headers["retry-after"] == "5"
    assert_refused(refused, "API_CONFIGURATION_ERROR")
    # The function answers routes without a key too.
    assert_refused(await stage.request("GET", "/health"), "API_CONFIGURATION_ERROR")
    busy.let_go.set()
    assert [answer.status_code for answer in await asyncio.gather(*in_work)] == [200, 200]
    assert (await stage.invoke()).status_code == 200


async def test_a_client_that_hangs_up_gives_its_place_back() -> None:
    busy = Busy()
    stage = Stage(SETTINGS.model_copy(update={"max_concurrent_requests": 1}), app=busy)
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/health",
        "query_string": b"",
        "headers": [],
    }
    await call(stage.gateway, scope, {"type": "http.request"}, {"type": "http.disconnect"})
    busy.let_go.set()
    assert (await stage.invoke()).status_code == 200


# --- What the app gets --------------------------------------------------------------


async def test_the_app_gets_the_request_as_it_came() -> None:
    stage = Stage()
    headers = {"x-api-key": stage.key, "x-custom": "a", "content-type": "text/odd"}
    await stage.invoke(headers=headers, content=b"\x00\xffbody")
    (reached,) = stage.recording.reached
    assert reached.body == b"\x00\xffbody"
    assert {("x-custom", "a"), ("content-type", "text/odd"), ("x-api-key", stage.key)} <= set(
        reached.headers
    )


async def test_the_request_context_is_api_gateways_without_the_key() -> None:
    stage = Stage()
    answer = await stage.invoke(
        headers={b"x-api-key": stage.key.encode(), b"user-agent": b"curl/\xfc"}
    )
    (reached,) = stage.recording.reached
    assert reached.context == {
        "requestId": answer.headers["x-amzn-requestid"],
        "stage": "prod",
        "path": "/prod/invoke",
        "httpMethod": "POST",
        "identity": {
            "sourceIp": "203.0.113.9",
            "userAgent": "curl/ü",
            "apiKeyId": stage.record.key_id,
        },
    }


async def test_without_a_key_the_context_has_no_key_id() -> None:
    stage = Stage()
    await stage.request("GET", "/health", headers={"x-api-key": stage.key})
    assert stage.recording.reached[0].context["identity"]["apiKeyId"] is None


@pytest.mark.parametrize("name", ["x-amzn-request-context", "X-Amzn-Request-Context"])
async def test_a_clients_own_context_is_dropped(name: str) -> None:
    stage = Stage()
    forged = json.dumps({"requestId": "forged", "identity": {"apiKeyId": "forged"}})
    await stage.invoke(headers=[(name, forged), (name, forged), ("x-api-key", stage.key)])
    assert "forged" not in str(stage.recording.reached[0].headers)
    assert stage.recording.reached[0].context["identity"]["apiKeyId"] == stage.record.key_id


async def test_every_answer_has_a_request_id_of_its_own() -> None:
    stage = Stage()
    answers = [await stage.invoke(), await stage.invoke(), await stage.invoke(headers={})]
    assert len({answer.headers["x-amzn-requestid"] for answer in answers}) == 3


# --- CORS ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origins", "allowed"),
    [
        (("https://a.example",), "https://a.example"),
        (("https://a.example", "https://b.example"), "*"),
        (("*",), "*"),
    ],
)
async def test_refusals_carry_the_cors_headers_of_the_stacks_gateway_responses(
    origins: tuple[str, ...], allowed: str
) -> None:
    stage = Stage(SETTINGS.model_copy(update={"cors_origins": origins}))
    answer = await stage.invoke(headers={"origin": "https://b.example"})
    assert answer.headers["access-control-allow-origin"] == allowed
    assert answer.headers["access-control-expose-headers"] == "retry-after, x-should-retry"


async def test_without_configured_origins_there_are_no_cors_headers() -> None:
    answer = await Stage().invoke(headers={"origin": "https://chat.example.com"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


# --- Heads --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/health", {"cookie": "x" * 11_000}),
        ("/health", {f"x-{n}": "y" * 100 for n in range(110)}),
        ("/" + "x" * 11_000, {}),
        ("/health?" + "x" * 11_000, {}),
    ],
    ids=["one header", "many headers", "path", "query"],
)
async def test_a_head_over_api_gateways_limit_is_a_431(path: str, headers: dict[str, str]) -> None:
    stage = Stage()
    answer = await stage.request("GET", path, headers=headers)
    assert answer.status_code == 431
    assert answer.json()["error"]["code"] == "headers_too_large"
    assert not stage.recording.reached


async def test_a_head_within_the_limit_passes() -> None:
    stage = Stage()
    assert (await stage.request("GET", "/health", headers={"x": "y" * 10_000})).status_code == 200


# --- Other scopes and the view from outside -----------------------------------------


async def test_what_is_enforced_can_be_read() -> None:
    limits = Stage().gateway.limits
    plan = limits.plans[DEFAULT_PLAN]
    assert (plan.throttle.rate, plan.throttle.burst, plan.quota) == (2, 5, 20)
    assert (limits.keyless.rate, limits.keyless.burst) == (1, 3)
    assert limits.max_concurrent_requests == 0
    assert limits.max_body_bytes == API_GATEWAY_MAX_BODY_BYTES


async def call(gateway: ASGIApp, scope: Scope, *received: Message) -> list[Message]:
    messages = iter(received)
    sent: list[Message] = []

    async def receive() -> Message:
        return next(messages)

    async def send(message: Message) -> None:
        sent.append(message)

    await gateway(scope, receive, send)
    return sent


async def test_lifespan_goes_to_the_app() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "lifespan"
        assert await receive() == {"type": "lifespan.startup"}
        await send({"type": "lifespan.startup.complete"})

    gateway = Stage(app=app).gateway
    sent = await call(gateway, {"type": "lifespan"}, {"type": "lifespan.startup"})
    assert sent == [{"type": "lifespan.startup.complete"}]


async def test_a_websocket_is_closed_before_it_opens() -> None:
    stage = Stage()
    scope = {"type": "websocket", "path": "/invoke", "headers": []}
    sent = await call(stage.gateway, scope, {"type": "websocket.connect"})
    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert not stage.recording.reached
