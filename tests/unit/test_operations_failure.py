import re
from datetime import UTC, datetime

import pytest

from slm.operations.failure import AFTER, ENDPOINT_TYPE, explain
from slm.operations.stack_operation import Event
from slm.settings import load_settings
from tests.unit.fake_account import FakeAccount

PING = "The primary container did not pass the ping health check."


def failed(resource: str, kind: str, reason: str) -> Event:
    return Event("id", datetime.now(UTC), resource, kind, "CREATE_FAILED", reason)


EVENTS = [
    failed("Endpoint", ENDPOINT_TYPE, PING),
    failed("Endpoint", ENDPOINT_TYPE, PING),
    failed("Role", "AWS::IAM::Role", "Resource creation cancelled"),
    failed("SlmSagemakerStack", "AWS::CloudFormation::Stack", "The following failed: [Endpoint]"),
]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("ROLLBACK_COMPLETE", "nothing is billed"),
        ("ROLLBACK_FAILED", "'make destroy PROFILE=ml-sage REGION=eu-west-2'"),
        ("CREATE_FAILED", "'make destroy PROFILE=ml-sage REGION=eu-west-2'"),
        ("UPDATE_FAILED", "rollback-stack --stack-name SlmSagemakerStack"),
        ("UPDATE_ROLLBACK_COMPLETE", "is back, and answers"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name SlmSagemakerStack"),
        ("DELETE_FAILED", "FORCE_DELETE_STACK"),
        ("UPDATE_IN_PROGRESS", "Stack SlmSagemakerStack is UPDATE_IN_PROGRESS."),
    ],
)
def test_what_is_left_and_what_to_do(status: str, words: str) -> None:
    failure = explain(
        FakeAccount(profile="ml-sage"), load_settings(), status, EVENTS, stopped=False
    )
    assert words in failure.after
    assert failure.causes == (f"Endpoint ({ENDPOINT_TYPE}): {PING}",)


def test_a_start_that_failed() -> None:
    failure = explain(
        FakeAccount(), load_settings(), "UPDATE_ROLLBACK_COMPLETE", EVENTS, stopped=True
    )
    assert "is back: the endpoint is stopped." in failure.after


def test_where_to_look() -> None:
    account = FakeAccount(profile="ml-sage")
    kept = explain(account, load_settings(), "CREATE_FAILED", EVENTS, stopped=False)
    assert (
        "aws logs tail /aws/sagemaker/Endpoints/SlmSagemakerStack-endpoint --since 2h "
        "--profile ml-sage --region eu-west-2"
    ) in kept.look
    gone = explain(account, load_settings(), "ROLLBACK_COMPLETE", EVENTS, stopped=False)
    assert "went with the rollback" in gone.look
    assert "ARGS=--no-rollback" in gone.look
    other = explain(account, load_settings(), "CREATE_FAILED", EVENTS[2:], stopped=False)
    assert (other.causes, other.look) == ((), "")


@pytest.mark.parametrize("status", [status for status, words in AFTER.items() if "'{" in words])
def test_every_command_means_the_stack_that_failed(status: str) -> None:
    failure = explain(
        FakeAccount(profile="ml-sage"), load_settings(stack_name="Mine"), status, [], stopped=False
    )
    commands = re.findall(r"'((?:make|aws) [^']*)'", failure.after)
    assert commands
    for command in commands:
        place = ("STACK=Mine", "PROFILE=ml-sage", "REGION=eu-west-2")
        if command.startswith("aws"):
            place = ("--stack-name Mine", "--profile ml-sage", "--region eu-west-2")
        assert [word for word in place if word not in command] == []
