"""Alarms, who is told, and the dashboard."""

import json
import re
from typing import Any

import pytest

from slm.instances import price_of
from slm.planning.cost import ALARM_METRICS
from tests.unit.cdk_helpers import ROOT, Template, only, resources, synthesize, text

ALWAYS = {
    "ServerErrors",
    "StreamErrors",
    "FunctionErrors",
    "Throttled",
    "FirstTokenSlow",
    "GpuMemoryFull",
    "GpuBusy",
    "Idle",
}


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Name in the code -> properties."""
    return {
        logical_id.removeprefix("MonitoringAlarms")[:-8]: resource["Properties"]
        for logical_id, resource in resources(template, "AWS::CloudWatch::Alarm").items()
    }


def expression(alarm: dict[str, Any]) -> str:
    [found] = [m["Expression"] for m in alarm["Metrics"] if m.get("ReturnData", True)]
    return str(found)


def test_a_plan_knows_how_many_metrics_the_alarms_read() -> None:
    read = [
        sum("MetricStat" in metric for metric in alarm.get("Metrics", ())) or 1
        for alarm in alarms(synthesize()).values()
    ]
    assert sum(read) == ALARM_METRICS


def test_the_alarms_of_a_gpu_and_whom_they_tell() -> None:
    template = synthesize()
    topic, _ = only(template, "AWS::SNS::Topic")
    found = alarms(template)
    assert set(found) == ALWAYS
    for alarm in found.values():
        assert alarm["AlarmActions"] == [{"Ref": topic}]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmDescription"].startswith("SlmSagemakerStack: ")


def test_a_cpu_has_no_gpu_alarms() -> None:
    settings = {"engine": "llama.cpp", "quantize": "", "instance_type": "ml.c6i.2xlarge"}
    template = synthesize(**settings)
    assert set(alarms(template)) == ALWAYS - {"GpuMemoryFull", "GpuBusy"}
    _, dashboard = only(template, "AWS::CloudWatch::Dashboard")
    assert "GPUUtilization" not in json.dumps(dashboard)


def test_a_503_of_a_stopped_endpoint_is_no_error() -> None:
    assert expression(alarms(synthesize())["ServerErrors"]) == "IF(FILL(running, 0) > 0, errors, 0)"


def test_gpu_percentages_are_summed_over_the_gpus() -> None:
    one = alarms(synthesize())["GpuBusy"]["Threshold"]
    assert alarms(synthesize(instance_type="ml.g4dn.12xlarge"))["GpuBusy"]["Threshold"] == 4 * one


def test_idle_means_running_without_a_request() -> None:
    alarm = alarms(synthesize(alarm_idle_hours=3))["Idle"]
    assert alarm["EvaluationPeriods"] == 3
    assert expression(alarm) == "IF(FILL(invocations, 0) == 0 AND running > 0, 1, 0)"
    assert "Idle" not in alarms(synthesize(alarm_idle_hours=0))


def test_outside_of_its_hours() -> None:
    alarm = alarms(synthesize(running_hours="Mon-Tue 08:00-18:00"))["OutsideHours"]
    hour = "(DAY(running) - 1) * 24 + HOUR(running)"
    assert expression(alarm) == (
        f"IF(({hour} >= 8 AND {hour} <= 17) OR ({hour} >= 32 AND {hour} <= 41), 0, running)"
    )
    assert "ScheduleFailed" in alarms(synthesize(running_hours="Mon-Tue 08:00-18:00"))


def test_a_whole_week_of_short_hours_is_an_expression_that_cloudwatch_takes() -> None:
    alarm = alarms(synthesize(running_hours="Mon-Sun 09:00-10:00", time_zone="Europe/London"))
    assert len(expression(alarm["OutsideHours"])) <= 1024


def test_spend_is_instance_hours_times_the_catalogs_price() -> None:
    price = price_of("ml.g4dn.2xlarge", "us-east-1")
    assert price
    alarm = alarms(synthesize(alarm_spend_usd_per_day=20))["Spend"]
    assert alarm["Threshold"] == pytest.approx(20 / price.usd_per_hour)
    assert expression(alarm) == "samples / 60"


def test_failed_operations_are_told() -> None:
    template = synthesize()
    topic, _ = only(template, "AWS::SNS::Topic")
    _, rule = only(template, "AWS::Events::Rule")
    detail = rule["EventPattern"]["detail"]
    assert detail["stack-id"] == [{"Ref": "AWS::StackId"}]
    assert "UPDATE_ROLLBACK_COMPLETE" in detail["status-details"]["status"]
    [target] = rule["Targets"]
    assert text(target["Arn"]) == f"${{{topic}}}"


def test_who_may_publish() -> None:
    _, policy = only(synthesize(), "AWS::SNS::TopicPolicy")
    statements = policy["PolicyDocument"]["Statement"]
    allowed = {s["Principal"]["Service"]: s["Action"] for s in statements if s["Effect"] == "Allow"}
    assert allowed == {
        "cloudwatch.amazonaws.com": "sns:Publish",
        "events.amazonaws.com": "sns:Publish",
    }
    [denied] = [s for s in statements if s["Effect"] == "Deny"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_address_is_told_if_there_is_one() -> None:
    assert not resources(synthesize(), "AWS::SNS::Subscription")
    _, subscription = only(synthesize(alarm_email="operator@example.com"), "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == (
        "email",
        "operator@example.com",
    )


def test_alarms_and_dashboard_can_be_left_out() -> None:
    template = synthesize(alarms=False, dashboard=False)
    for kind in ("CloudWatch::Alarm", "CloudWatch::Dashboard", "SNS::Topic", "Events::Rule"):
        assert not resources(template, f"AWS::{kind}")


def test_the_page_explains_each_alarm_and_quotes_what_it_says() -> None:
    page = (ROOT / "docs" / "monitoring.md").read_text()
    quoted = dict(re.findall(r"^### (\w+)\n\n> (.*)$", page, re.MULTILINE))
    message = quoted.pop("OperationFailed")
    template = synthesize(running_hours="Mon-Fri 08:00-18:00", alarm_spend_usd_per_day=30)
    assert quoted == {
        name: alarm["AlarmDescription"].removeprefix("SlmSagemakerStack: ")
        for name, alarm in alarms(template).items()
    }
    _, rule = only(template, "AWS::Events::Rule")
    transformer = rule["Targets"][0]["InputTransformer"]
    [(name, _)] = transformer["InputPathsMap"].items()
    said = transformer["InputTemplate"].strip('"').replace(f"<{name}>", "UPDATE_ROLLBACK_COMPLETE")
    assert message == said
