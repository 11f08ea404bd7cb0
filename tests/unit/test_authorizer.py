"""The authorizer function: from API Gateway's event to the key that the usage plan looks up.

Event and answer: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
"""

import importlib.util
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.cdk_helpers import ROOT

KEY = "0123456789abcdefghij"
ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/POST/invoke"

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


@pytest.fixture(scope="module")
def handler() -> Handler:
    """The handler; its folder is no package, since ``lambda`` is a keyword."""
    file = ROOT / "lambda" / "invoke_sagemaker" / "authorizer.py"
    spec = importlib.util.spec_from_file_location("authorizer", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Handler = module.handler
    return found


def event(headers: dict[str, list[str]] | None) -> dict[str, Any]:
    """What API Gateway sends, as far as it matters here."""
    return {
        "type": "REQUEST",
        "methodArn": ARN,
        "headers": {name: values[-1] for name, values in headers.items()} if headers else None,
        "multiValueHeaders": headers,
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": [KEY]},
        {"X-Api-Key": [KEY]},
        {"Authorization": [f"Bearer {KEY}"]},
        {"x-api-key": [KEY], "Authorization": [f"Bearer {KEY}"]},
    ],
)
def test_the_key_is_handed_to_the_usage_plan(
    handler: Handler, headers: dict[str, list[str]]
) -> None:
    answer = handler(event(headers), None)
    assert answer.pop("usageIdentifierKey") == KEY
    [statement] = answer["policyDocument"]["Statement"]
    assert statement == {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": ARN}
    assert KEY not in json.dumps(answer)


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {},
        {"x-api-key": [""]},
        {"Authorization": ["Basic Zm9vOmJhcg=="]},
        {"x-api-key": [KEY], "Authorization": ["Bearer another-key-of-20-chars"]},
        {"x-api-key": [KEY, "another-key-of-20-chars"]},
    ],
)
def test_no_key_or_two_are_answered_with_the_text_that_api_gateway_knows(
    handler: Handler, headers: dict[str, list[str]] | None
) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        handler(event(headers), None)
