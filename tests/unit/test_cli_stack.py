import pytest
from botocore import exceptions

from slm import stack_outputs
from slm.aws import Aws, AwsUnavailable, NotFound
from slm.cli.stack import (
    DeployedEndpoint,
    DeployedStack,
    find_endpoint,
    find_stack,
    first_key_value,
)
from slm.commands import Commands
from tests.unit.fake_aws import OUTPUTS, FakeAws, client_error

STACK = "SlmSagemakerStack"


def test_a_stack_and_its_outputs() -> None:
    stack = find_stack(FakeAws(), STACK)
    assert (stack.name, stack.status, stack.outputs) == (STACK, "CREATE_COMPLETE", OUTPUTS)
    assert stack.output(stack_outputs.API_KEY_ID) == "key-id"


def test_a_stack_of_another_kind() -> None:
    stack = find_stack(FakeAws(outputs={}), STACK)
    with pytest.raises(NotFound, match=r"no output ApiGatewayUrl.*'make deploy REGION=eu-west-2'"):
        stack.output(stack_outputs.API_GATEWAY_URL)


def test_no_such_stack() -> None:
    with pytest.raises(NotFound, match=r"no stack Other in this account.*deploy it first"):
        find_stack(FakeAws(), "Other")


def test_an_endpoint() -> None:
    aws = FakeAws()
    assert find_endpoint(aws, f"{STACK}-endpoint").status == "InService"
    assert find_endpoint(aws, "other") == DeployedEndpoint("other", "NotFound")
    failed = find_endpoint(FakeAws(reason="no capacity"), f"{STACK}-endpoint")
    assert (failed.status, failed.reason) == ("Failed", "no capacity")


def test_the_first_key() -> None:
    aws = FakeAws()
    assert first_key_value(aws, find_stack(aws, STACK)) == "value-of-key-id"


def test_the_first_key_after_a_rotation() -> None:
    aws = FakeAws(
        keys=[
            {"name": f"{STACK}-first", "createdDate": 1, "value": "older"},
            {"name": f"{STACK}-first", "createdDate": 2, "value": "newer"},
            {"name": f"{STACK}-first-of-all", "createdDate": 3, "value": "another"},
        ]
    )
    assert first_key_value(aws, find_stack(aws, STACK)) == "newer"


def test_the_first_key_was_revoked() -> None:
    aws = FakeAws(keys=[])
    with pytest.raises(NotFound, match=r"was revoked.*SLM_API_KEY.*https://api.example/prod/"):
        first_key_value(aws, find_stack(aws, STACK))


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (exceptions.NoCredentialsError(), "no AWS credentials.*make sso-login"),
        (exceptions.NoRegionError(), "--region"),
        (exceptions.ProfileNotFound(profile="p"), r"\(p\).*list-profiles"),
        (exceptions.UnauthorizedSSOTokenError(), "expired.*make sso-login"),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), "https://x"),
        (client_error("ExpiredToken", "old"), "not valid any more.*make sso-login"),
        (client_error("AccessDenied", "not you"), "not you.*Ask for that permission"),
        (client_error("Throttling", "too fast"), r"too fast \(Throttling\)"),
    ],
)
def test_aws_cannot_be_asked(failure: Exception, message: str) -> None:
    aws = FakeAws(failure=failure)
    with pytest.raises(AwsUnavailable, match=message):
        find_stack(aws, STACK)
    with pytest.raises(AwsUnavailable, match=message):
        find_endpoint(aws, STACK)
    with pytest.raises(AwsUnavailable, match=message):
        first_key_value(aws, DeployedStack(STACK, "CREATE_COMPLETE", OUTPUTS, Commands()))


def test_a_machine_without_aws() -> None:
    with pytest.raises(AwsUnavailable, match="--region"):
        find_stack(Aws(None, None), STACK)
    with pytest.raises(AwsUnavailable, match="credentials"):
        find_stack(Aws(None, "eu-west-2"), STACK)
    with pytest.raises(AwsUnavailable, match="ml-sage"):
        find_stack(Aws("ml-sage", "eu-west-2"), STACK)
