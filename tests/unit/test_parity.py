"""The two places compared: what the template makes API Gateway do, and what the laptop does."""

import re
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from slm.errors import facts_of
from slm.gateway_responses import GATEWAY_RESPONSES, body_text
from slm.keys.local import LocalKeys
from slm.limits import API_GATEWAY_MAX_BODY_BYTES, INTEGRATION_TIMEOUT_S, MIN_API_KEY_CHARS
from slm.local.api_gateway import ApiGateway
from slm.local.api_keys import ApiKeys
from slm.local.quotas import Quotas
from slm.routes import ROUTES, key_required
from slm.settings import DEFAULT_PLAN, load_settings
from tests.unit import template_reader
from tests.unit.cdk_helpers import Template, synthesize
from tests.unit.databases import temporary_database
from tests.unit.fake_clock import FakeClock
from tests.unit.fakes import client


@pytest.fixture(scope="module")
def template() -> Template:
    return synthesize()


def test_aws_serves_the_routes_of_the_table(template: Template) -> None:
    methods = template_reader.methods(template)
    assert {key for key in methods if key[0] != "ANY"} == {(r.method, r.resource) for r in ROUTES}
    for (method, path), facts in methods.items():
        assert facts.key_required is key_required(method, path)
        assert facts.streaming
        assert facts.timeout_s == INTEGRATION_TIMEOUT_S


def test_aws_enforces_the_limits_of_the_settings(template: Template) -> None:
    settings = load_settings()
    assert template_reader.limits(template) == template_reader.Limits(
        rate=settings.rate_limit,
        burst=settings.burst_limit,
        quota_per_day=settings.quota,
        keyless_rate=settings.keyless_rate_limit,
        keyless_burst=settings.keyless_burst_limit,
    )


@pytest.mark.parametrize("name", GATEWAY_RESPONSES)
def test_aws_refuses_in_the_words_of_the_table(template: Template, name: str) -> None:
    error = GATEWAY_RESPONSES[name]
    assert template_reader.gateway_responses(template)[name] == template_reader.ResponseFacts(
        status=facts_of(error).status, headers=dict(facts_of(error).headers), body=body_text(error)
    )


class App:
    """Stands for the gateway app; whatever gets here was let through."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Response("let through")(scope, receive, send)


_GREEDY = re.compile(r"\{\w+\+\}")

KEY = "k" * MIN_API_KEY_CHARS


def laptop(**settings: Any) -> ApiGateway:
    resolved = load_settings(**settings)
    plans, database = resolved.usage_plans(), temporary_database()
    LocalKeys(database, plans).adopt(KEY, name="test", plan=DEFAULT_PLAN)
    return ApiGateway(
        App(),
        settings=resolved,
        keys=ApiKeys(database, plans),
        quotas=Quotas(database),
        clock=FakeClock(),
    )


async def ask(front: ApiGateway, method: str, path: str, **more: Any) -> httpx.Response:
    async with client(front) as http:
        return await http.request(method, path, **more)


def test_both_enforce_the_same_limits(template: Template) -> None:
    here = laptop().limits
    assert template_reader.limits(template) == template_reader.Limits(
        rate=here.plans[DEFAULT_PLAN].throttle.rate,
        burst=here.plans[DEFAULT_PLAN].throttle.burst,
        quota_per_day=here.plans[DEFAULT_PLAN].quota,
        keyless_rate=here.keyless.rate,
        keyless_burst=here.keyless.burst,
    )


@pytest.mark.parametrize("most", [0, 20])
def test_both_take_as_many_requests_at_once(most: int) -> None:
    template = synthesize(max_concurrent_requests=most)
    assert template_reader.max_concurrent_requests(template) == most
    assert laptop(max_concurrent_requests=most).limits.max_concurrent_requests == most


@pytest.mark.anyio
async def test_both_ask_for_a_key_on_the_same_routes(template: Template) -> None:
    front = laptop()
    for (method, path), facts in template_reader.methods(template).items():
        verb = "PATCH" if method == "ANY" else method
        answer = await ask(front, verb, _GREEDY.sub("some/where", path))
        assert (answer.status_code == 401) is facts.key_required, (method, path)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "settings", "requests"),
    [
        ("UNAUTHORIZED", {}, [{}]),
        ("INVALID_API_KEY", {}, [{"headers": {"x-api-key": "another"}}]),
        ("THROTTLED", {"burst_limit": 1}, [{"headers": {"x-api-key": KEY}}] * 2),
        ("QUOTA_EXCEEDED", {"quota": 1}, [{"headers": {"x-api-key": KEY}}] * 2),
        (
            "REQUEST_TOO_LARGE",
            {},
            [{"headers": {"x-api-key": KEY}, "content": b"x" * (API_GATEWAY_MAX_BODY_BYTES + 1)}],
        ),
    ],
)
async def test_both_refuse_with_the_same_bytes(
    template: Template, name: str, settings: dict[str, Any], requests: list[dict[str, Any]]
) -> None:
    front = laptop(**settings)
    for request in requests:
        answer = await ask(front, "POST", "/invoke", **request)
    deployed = template_reader.gateway_responses(template)[name]
    assert answer.status_code == deployed.status
    assert answer.text == deployed.body
    assert {n: answer.headers[n] for n in deployed.headers} == deployed.headers
