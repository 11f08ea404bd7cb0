"""Our model of EventBridge Scheduler: when a schedule fires, and what its target may do."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from botocore.exceptions import ClientError

from tests.emulator.project import Emulator
from tests.emulator.small_stacks import physical_ids, role, settled, small_stack
from tests.emulator.waiting import until

STACK = "Scheduled"
UPDATE = "arn:aws:scheduler:::aws-sdk:cloudformation:updateStack"
BERLIN = ZoneInfo("Europe/Berlin")
INPUT = {
    "StackName": STACK,
    "UsePreviousTemplate": True,
    "Parameters": [{"ParameterKey": "Word", "ParameterValue": "changed"}],
    "Capabilities": ["CAPABILITY_IAM"],
}


@pytest.fixture(autouse=True)
def _now_again(emulator: Emulator) -> Iterator[None]:
    """The emulator's clock goes right again after each test."""
    yield
    emulator.move_to(datetime.now(UTC))


def resources(*, allowed: str = "cloudformation:UpdateStack") -> dict[str, Any]:
    """A topic whose name shows the parameter, a role for the schedule, and its dead letters."""
    return {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": {"Ref": "Word"}},
        },
        "Role": role(
            {"Action": allowed, "Effect": "Allow", "Resource": {"Ref": "AWS::StackId"}},
            {"Action": "sqs:SendMessage", "Effect": "Allow", "Resource": "*"},
            service="scheduler",
        ),
        "DeadLetters": {"Type": "AWS::SQS::Queue", "Properties": {}},
    }


def schedule(expression: str, *, retries: int = 5) -> dict[str, Any]:
    """A schedule that changes the parameter."""
    return {
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "Name": "change",
                "ScheduleExpression": expression,
                "ScheduleExpressionTimezone": "Europe/Berlin",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {
                    "Arn": UPDATE,
                    "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Input": json.dumps(INPUT),
                    "RetryPolicy": {"MaximumRetryAttempts": retries},
                    "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}},
                },
            },
        }
    }


WORD = {"Parameters": {"Word": {"Type": "String", "Default": "first"}}}


def word(emulator: Emulator) -> str:
    """The parameter's value."""
    (parameter,) = emulator.stack(STACK)["Parameters"]
    return str(parameter["ParameterValue"])


def next_monday(hour: int) -> datetime:
    """The next Monday but one, at this hour in Berlin."""
    today = datetime.now(BERLIN).replace(hour=hour, minute=0, second=0, microsecond=0)
    return today + timedelta(days=14 - today.weekday())


def test_a_weekly_hour_is_one_of_its_time_zone(emulator: Emulator) -> None:
    """schedule-types.html: ScheduleExpressionTimezone"""
    monday = next_monday(8)
    emulator.move_to(monday - timedelta(hours=3))
    weekly = resources() | schedule("cron(0 8 ? * MON-FRI *)")
    with small_stack(emulator, STACK, weekly, sections=WORD):
        kept = emulator.client("scheduler").get_schedule(Name="change")
        assert kept["ScheduleExpressionTimezone"] == str(BERLIN)
        assert word(emulator) == "first"
        # An hour or two before it is eight by UTC.
        emulator.move_to(monday)

        assert until(lambda: word(emulator) == "changed")
        assert settled(emulator, STACK)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_schedule_fires_once_at_its_time(emulator: Emulator) -> None:
    """schedule-types.html: one-time schedules, and ActionAfterCompletion"""
    at = (datetime.now(BERLIN) + timedelta(hours=1)).replace(microsecond=0)
    once = resources() | schedule(f"at({at.replace(tzinfo=None).isoformat()})")
    once["Schedule"]["Properties"]["ActionAfterCompletion"] = "DELETE"
    with small_stack(emulator, STACK, once, sections=WORD):
        emulator.move_to(at)

        assert until(lambda: word(emulator) == "changed")
        settled(emulator, STACK)
        assert emulator.client("scheduler").list_schedules()["Schedules"] == []


def test_a_role_that_may_not_sends_dead_letters(emulator: Emulator) -> None:
    """configuring-schedule-dlq.html"""
    at = (datetime.now(BERLIN) + timedelta(hours=1)).replace(microsecond=0)
    forbidden = resources(allowed="cloudformation:DescribeStacks") | schedule(
        f"at({at.replace(tzinfo=None).isoformat()})", retries=1
    )
    with small_stack(emulator, STACK, forbidden, sections=WORD):
        queue = physical_ids(emulator, STACK)["DeadLetters"]
        emulator.move_to(at)

        def letters() -> Any:
            received = emulator.client("sqs").receive_message(
                QueueUrl=queue, MessageAttributeNames=["All"]
            )
            return received.get("Messages")

        (letter,) = until(letters)
        attributes = {n: v["StringValue"] for n, v in letter["MessageAttributes"].items()}
        assert attributes["ERROR_CODE"] == "AccessDenied"
        assert attributes["RETRY_ATTEMPTS"] == "1"
        assert json.loads(letter["Body"]) == INPUT
        assert word(emulator) == "first"


def test_a_stack_operation_in_progress_is_waited_for(emulator: Emulator) -> None:
    """retry policy: CloudFormation refuses a second operation, and the schedule tries again"""
    at = (datetime.now(BERLIN) + timedelta(hours=1)).replace(microsecond=0)
    first = resources() | schedule(f"at({at.replace(tzinfo=None).isoformat()})", retries=60)
    with small_stack(emulator, STACK, first, sections=WORD):
        emulator.client("cloudformation").update_stack(
            StackName=STACK,
            TemplateBody=json.dumps({"Resources": first | waiting()} | WORD),
            Capabilities=["CAPABILITY_IAM"],
        )
        until(lambda: "Handle" in physical_ids(emulator, STACK))
        emulator.move_to(at)
        assert emulator.client("scheduler").list_schedules()["Schedules"]
        assert emulator.stack(STACK)["StackStatus"] == "UPDATE_IN_PROGRESS"
        until(lambda: end_waiting(emulator))

        assert until(lambda: word(emulator) == "changed")
        assert settled(emulator, STACK)["StackStatus"] == "UPDATE_COMPLETE"


def end_waiting(emulator: Emulator) -> bool:
    """Whether the stack waited, and was told that the waiting is over."""
    client = emulator.client("cloudformation")
    try:
        client.signal_resource(
            StackName=STACK, LogicalResourceId="Waiting", UniqueId="1", Status="SUCCESS"
        )
    except ClientError:
        return False
    return True


def test_keywords_in_the_payload_are_replaced(emulator: Emulator) -> None:
    """managing-schedule-context-attributes.html"""
    at = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
    timed = resources() | schedule(f"at({at.astimezone(BERLIN).replace(tzinfo=None).isoformat()})")
    target = timed["Schedule"]["Properties"]["Target"]
    target["Input"] = target["Input"].replace("changed", "<aws.scheduler.scheduled-time>")
    with small_stack(emulator, STACK, timed, sections=WORD):
        emulator.move_to(at)

        assert until(lambda: word(emulator) == f"{at:%Y-%m-%dT%H:%M:%SZ}")
        settled(emulator, STACK)


def waiting() -> dict[str, Any]:
    """A resource that is not complete before it is told so."""
    return {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle", "Properties": {}},
        "Waiting": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "60", "Count": 1},
        },
    }
