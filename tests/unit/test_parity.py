"""The two places compared: what the template makes API Gateway do, and what the laptop does."""

import pytest

from slm.errors import facts_of
from slm.gateway_responses import GATEWAY_RESPONSES, body_text
from slm.limits import INTEGRATION_TIMEOUT_S
from slm.routes import ROUTES, key_required
from slm.settings import load_settings
from tests.unit import template_reader
from tests.unit.cdk_helpers import Template, synthesize


@pytest.fixture(scope="module")
def template() -> Template:
    return synthesize()


def test_aws_serves_the_routes_of_the_table(template: Template) -> None:
    methods = template_reader.methods(template)
    assert {key for key in methods if key[0] != "ANY"} == {(r.method, r.path) for r in ROUTES}
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
