"""The parameter that stops the endpoint, and the clock that sets it."""

import json
from typing import Any

from slm.stack_parameters import ENDPOINT_RUNNING, NEVER_SCHEDULED, SCHEDULED_AT
from tests.unit.cdk_helpers import Template, only, resources, statements, synthesize, text


def clock() -> Template:
    return synthesize(running_hours="Mon-Fri 08:00-18:00", time_zone="Europe/London")


def schedules(template: Template) -> dict[str, dict[str, Any]]:
    """``true`` or ``false`` -> the schedule that sets the parameter so."""
    found = {}
    for schedule in resources(template, "AWS::Scheduler::Schedule").values():
        properties = schedule["Properties"]
        request = json.loads(properties["Target"]["Input"])
        found[request["Parameters"][0]["ParameterValue"]] = properties
    return found


def test_it_runs_unless_it_is_told_otherwise() -> None:
    parameter = synthesize()["Parameters"][ENDPOINT_RUNNING]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("true", ["true", "false"])


def test_start_and_stop_by_the_clock() -> None:
    template = clock()
    start, stop = schedules(template)["true"], schedules(template)["false"]
    assert start["ScheduleExpression"] == "cron(0 8 ? * MON,TUE,WED,THU,FRI *)"
    assert stop["ScheduleExpression"] == "cron(0 18 ? * MON,TUE,WED,THU,FRI *)"
    group, _ = only(template, "AWS::Scheduler::ScheduleGroup")
    for schedule in (start, stop):
        assert schedule["ScheduleExpressionTimezone"] == "Europe/London"
        assert schedule["GroupName"] == {"Ref": group}
        assert text(schedule["Target"]["Arn"]) == (
            "arn:${AWS::Partition}:scheduler:::aws-sdk:cloudformation:updateStack"
        )


def test_the_update_keeps_the_template_and_every_other_parameter() -> None:
    template = clock()
    request = json.loads(schedules(template)["false"]["Target"]["Input"])
    assert request["StackName"] == "SlmSagemakerStack"
    assert request["UsePreviousTemplate"] is True
    assert set(request["Capabilities"]) == {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}
    first, second, *others = request["Parameters"]
    assert first == {"ParameterKey": ENDPOINT_RUNNING, "ParameterValue": "false"}
    assert second["ParameterKey"] == SCHEDULED_AT
    assert all(parameter["UsePreviousValue"] is True for parameter in others)
    named = {parameter["ParameterKey"] for parameter in request["Parameters"]}
    assert named == set(template["Parameters"])


def test_each_firing_changes_something_even_if_somebody_was_faster() -> None:
    """CloudFormation refuses an update without a change, and a refusal is an alarm.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    template = clock()
    for schedule in schedules(template).values():
        parameters = json.loads(schedule["Target"]["Input"])["Parameters"]
        values = {p["ParameterKey"]: p.get("ParameterValue") for p in parameters}
        assert values[SCHEDULED_AT] == "<aws.scheduler.scheduled-time>"
    assert template["Parameters"][SCHEDULED_AT]["Default"] == NEVER_SCHEDULED
    _, mark = only(template, "AWS::SSM::Parameter")
    assert mark["Value"] == {"Ref": SCHEDULED_AT}
    assert "Name" not in mark


def test_an_operation_in_progress_is_waited_for_and_a_failure_is_kept() -> None:
    template = clock()
    queue, _ = only(template, "AWS::SQS::Queue")
    for schedule in schedules(template).values():
        target = schedule["Target"]
        assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 3 * 3600
        assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0
        assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": [queue, "Arn"]}


def test_the_clock_may_update_this_stack_and_keep_what_failed_and_no_more() -> None:
    template = clock()
    target = schedules(template)["true"]["Target"]
    role = target["RoleArn"]["Fn::GetAtt"][0]
    queue, _ = only(template, "AWS::SQS::Queue")
    allowed = {s["Action"]: text(s["Resource"]) for s in statements(template, role)}
    assert allowed == {
        "cloudformation:UpdateStack": "${AWS::StackId}",
        "ssm:GetParameters": (
            "arn:aws:ssm:us-east-1:${AWS::AccountId}" ":parameter/cdk-bootstrap/hnb659fds/version"
        ),
        "sqs:SendMessage": f"${{{queue}.Arn}}",
    }
    [trust] = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    group, _ = only(template, "AWS::Scheduler::ScheduleGroup")
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            "aws:SourceArn": {"Fn::GetAtt": [group, "Arn"]},
        }
    }


def test_without_hours_there_is_no_clock_but_a_group_for_what_ends() -> None:
    template = synthesize()
    assert not resources(template, "AWS::Scheduler::Schedule")
    assert SCHEDULED_AT not in template["Parameters"]
    _, group = only(template, "AWS::Scheduler::ScheduleGroup")
    assert group["Name"] == "SlmSagemakerStack-schedules"
