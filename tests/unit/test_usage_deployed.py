import json
from datetime import UTC, datetime
from typing import Any

import pytest

from slm.aws import NotFound
from slm.gateway.request_log import RequestRecord, with_metrics
from slm.usage.deployed import DeployedUsage, request_usage
from slm.usage.records import RequestUsage
from tests.unit.fake_keys import STACK, FakeKeys

TIME = datetime(2026, 11, 24, 12, tzinfo=UTC)
TIME_MS = round(TIME.timestamp() * 1000)

RECORD = RequestRecord("request", "k1", "POST", "/invoke", "model", stream=True, status=200)


def line(**more: Any) -> dict[str, Any]:
    """A line as the gateway writes it, in AWS."""
    written = RECORD.line() | {"prompt_tokens": 7, "generated_tokens": 3, "duration_ms": 40}
    return {"time": "t", "level": "INFO", **with_metrics(written | more, "endpoint")}


USAGE = RequestUsage(TIME, "k1", "model", 200, True, False, 7, 3, None, 40)


@pytest.mark.parametrize(
    "message",
    [
        json.dumps(line()),
        f"2026-11-24T12:00:00.000Z\tid\tINFO\t{json.dumps(line())}\n",
        json.dumps({"timestamp": "t", "level": "INFO", "message": json.dumps(line())}),
        json.dumps({"time": "t", "type": "function", "record": line()}),
    ],
)
def test_a_request_however_lambda_wraps_it(message: str) -> None:
    assert request_usage(message, TIME_MS) == USAGE


@pytest.mark.parametrize(
    "message",
    [
        "START RequestId: 1 generated_tokens",
        '{"event": "request"',
        "[1]",
        '{"message": 5, "generated_tokens": 1}',
        json.dumps(line(key_id="")),
        json.dumps(line(status=None)),
        json.dumps({"event": "request", "key_id": "k1"}),
    ],
)
def test_what_is_no_request_of_a_key(message: str) -> None:
    assert request_usage(message, TIME_MS) is None


def test_a_request_that_the_model_did_not_answer() -> None:
    refused = line(prompt_tokens=None, generated_tokens=None, status=400)
    found = request_usage(json.dumps(refused), TIME_MS)
    assert found is not None
    assert (found.status, found.prompt_tokens, found.generated_tokens) == (400, 0, 0)


def test_the_log_of_the_gateway_since_a_time() -> None:
    account: Any = FakeKeys(
        resources=[
            resource("AWS::Logs::LogGroup", "ApiAuthorizerFunctionLog1", "other"),
            resource("AWS::Lambda::Function", "ApiGatewayLogger", "function"),
            resource("AWS::Logs::LogGroup", "ApiGatewayLog2", "group"),
        ],
        events=[
            {"timestamp": TIME_MS - 1, "message": json.dumps(line())},
            {"timestamp": TIME_MS, "message": json.dumps(line())},
            {"timestamp": TIME_MS, "message": "REPORT generated_tokens"},
        ],
    )
    assert list(DeployedUsage(account, STACK).requests(TIME)) == [USAGE]
    (asked,) = [arguments for name, arguments in account.calls if name == "filter_log_events"]
    assert asked["logGroupName"] == "group"


def test_cloudwatch_is_asked_for_no_time_before_1970() -> None:
    account: Any = FakeKeys(resources=[resource("AWS::Logs::LogGroup", "ApiGatewayLog2", "group")])
    assert not list(DeployedUsage(account, STACK).requests(TIME.replace(year=110)))
    [(_, asked)] = [call for call in account.calls if call[0] == "filter_log_events"]
    assert asked["startTime"] == 0


def test_a_stack_without_a_gateway() -> None:
    account: Any = FakeKeys()
    with pytest.raises(NotFound, match="make deploy REGION=eu-west-2 STACK="):
        list(DeployedUsage(account, STACK).requests(TIME))


def resource(kind: str, logical: str, physical: str) -> dict[str, str]:
    return {"ResourceType": kind, "LogicalResourceId": logical, "PhysicalResourceId": physical}
