"""The whole stack: its knobs, names, tags and outputs."""

import shlex
from typing import Any

import aws_cdk as cdk
import pytest

from slm import stack_outputs
from slm.settings import Settings, SettingsError, load_settings
from slm_sagemaker.slm_sagemaker_stack import SlmSagemakerStack
from tests.unit import template_reader
from tests.unit.cdk_helpers import (
    EVERYTHING,
    Template,
    new_app,
    only,
    resources,
    statements,
    synthesize,
    synthesize_with,
    template_of,
    text,
)

NO_DOMAIN = {"domain_name": "", "certificate_arn": "", "hosted_zone_id": ""}
"""One name leads to one stack."""

LONDON = cdk.Environment(account="123456789012", region="eu-west-2")


def output(template: Template, name: str) -> str:
    return text(template["Outputs"][name]["Value"])


def test_the_seeds_knobs_are_keyword_arguments() -> None:
    stack = SlmSagemakerStack(
        new_app(),
        "Test",
        instance_type="ml.g5.xlarge",
        initial_instance_count=3,
        hf_model_id="TinyLlama/TinyLlama-1.1B-Chat-v1.0",
        rate_limit=5,
        burst_limit=9,
        quota=100,
        env=LONDON,
    )
    template = template_of(stack)
    [variant] = only(template, "AWS::SageMaker::EndpointConfig")[1]["ProductionVariants"]
    assert variant["InstanceType"] == "ml.g5.xlarge"
    assert variant["InitialInstanceCount"] == 3
    container = only(template, "AWS::SageMaker::Model")[1]["PrimaryContainer"]
    assert "TinyLlama/TinyLlama-1.1B-Chat-v1.0" in container["Environment"].values()
    limits = template_reader.limits(template)
    assert (limits.rate, limits.burst, limits.quota_per_day) == (5, 9, 100)


def test_a_knob_wins_over_the_settings_that_it_comes_with() -> None:
    settings = load_settings(rate_limit=1, burst_limit=2)
    stack = SlmSagemakerStack(new_app(), "Test", settings=settings, burst_limit=3)
    limits = template_reader.limits(template_of(stack))
    assert (limits.rate, limits.burst) == (1, 3)


def test_without_arguments_environment_and_file_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLM_QUOTA", "123")
    template = template_of(SlmSagemakerStack(new_app(), "Test"))
    assert template_reader.limits(template).quota_per_day == 123


@pytest.mark.parametrize(
    ("knob", "message"),
    [
        ({"initial_instance_count": 0}, "initial_instance_count = 0"),
        ({"instance_type": "g5.xlarge"}, "instance_type = 'g5.xlarge'"),
        ({"rate_limit": -1}, "rate_limit = -1"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
@pytest.mark.parametrize("settings", [None, load_settings()], ids=["file", "settings"])
def test_a_wrong_knob_is_refused_by_name(
    knob: dict[str, Any], message: str, settings: Settings | None
) -> None:
    with pytest.raises(SettingsError, match=message):
        SlmSagemakerStack(new_app(), "Test", settings=settings, **knob)


def test_an_unknown_knob_is_a_mistake_in_the_code() -> None:
    with pytest.raises(TypeError, match="instance_typ"):
        SlmSagemakerStack(new_app(), "Test", instance_typ="ml.g5.xlarge")  # type: ignore[call-arg]


def test_the_outputs_are_those_that_others_read() -> None:
    assert set(synthesize()["Outputs"]) == set(stack_outputs.ALL)


def test_the_urls() -> None:
    template = synthesize("eu-west-2")
    api, _ = only(template, "AWS::ApiGateway::RestApi")
    stage, _ = only(template, "AWS::ApiGateway::Stage")
    base = f"https://${{{api}}}.execute-api.eu-west-2.${{AWS::URLSuffix}}/${{{stage}}}/"
    assert output(template, stack_outputs.API_GATEWAY_URL) == base
    assert output(template, stack_outputs.OPENAI_BASE_URL) == f"{base}v1"
    assert output(template, stack_outputs.INVOKE_ENDPOINT) == f"{base}invoke"


@pytest.mark.parametrize(("region", "shown"), [("eu-west-2",) * 2, (None, "${AWS::Region}")])
def test_the_commands_can_be_pasted(region: str | None, shown: str) -> None:
    template = synthesize(region)
    key, _ = only(template, "AWS::ApiGateway::ApiKey")
    get_key = output(template, stack_outputs.GET_API_KEY_COMMAND)
    assert get_key == (
        f"aws apigateway get-api-key --api-key ${{{key}}} --include-value "
        f"--query value --output text --region {shown}"
    )
    curl = output(template, stack_outputs.EXAMPLE_CURL_COMMAND)
    words = shlex.split(curl)
    assert words[:4] == ["curl", "-X", "POST", output(template, stack_outputs.INVOKE_ENDPOINT)]
    assert f"x-api-key: $({get_key})" in words
    assert "\n" not in curl


def test_the_key_and_the_logs_role_can_be_found() -> None:
    template = synthesize()
    key, _ = only(template, "AWS::ApiGateway::ApiKey")
    assert output(template, stack_outputs.API_KEY_ID) == f"${{{key}}}"
    role = output(template, stack_outputs.API_GATEWAY_LOGS_ROLE_ARN)
    assert role.removeprefix("${").removesuffix(".Arn}") in template["Resources"]


def test_fixed_names_are_few() -> None:
    """A fixed name makes a replacement fail, so only these have one."""
    named = {
        resource["Type"]
        for resource in synthesize()["Resources"].values()
        for name in resource["Properties"]
        if name.endswith("Name") and isinstance(resource["Properties"][name], str)
        # Names within the stack, and names of what is watched.
        and resource["Type"] not in ("AWS::IAM::Policy", "AWS::CloudWatch::Alarm")
    }
    assert named == {
        "AWS::ApiGateway::Authorizer",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
        "AWS::ApiGateway::UsagePlan",
        "AWS::CloudWatch::Dashboard",
        "AWS::Logs::LogGroup",
        "AWS::SageMaker::Endpoint",
        "AWS::Scheduler::ScheduleGroup",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"instance_type": "ml.g5.2xlarge"},
        {"hf_model_id": "TinyLlama/TinyLlama-1.1B-Chat-v1.0"},
        {"initial_instance_count": 4},
        {"rate_limit": 1},
        {"log_level": "DEBUG"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_update_keeps_every_logical_id_and_the_endpoint(change: dict[str, Any]) -> None:
    before, after = synthesize(), synthesize(**change)
    assert set(before["Resources"]) == set(after["Resources"])
    assert only(before, "AWS::SageMaker::Endpoint") == only(after, "AWS::SageMaker::Endpoint")


def test_the_stack_has_the_configured_name_whatever_its_id() -> None:
    stack = SlmSagemakerStack(new_app(), "Id", settings=load_settings(stack_name="Other"))
    assert stack.stack_name == "Other"
    _, endpoint = only(template_of(stack), "AWS::SageMaker::Endpoint")
    assert endpoint["EndpointName"] == "Other-endpoint"


def test_what_costs_money_is_tagged_with_the_stack() -> None:
    template = synthesize()
    for resource_type in ("AWS::SageMaker::Endpoint", "AWS::ApiGateway::ApiKey"):
        for resource in resources(template, resource_type).values():
            tags = {tag["Key"]: tag["Value"] for tag in resource["Properties"]["Tags"]}
            assert tags["slm:stack"] == "SlmSagemakerStack"


@pytest.mark.parametrize("settings", [{}, EVERYTHING | NO_DOMAIN], ids=["default", "everything"])
def test_two_stacks_live_side_by_side(settings: dict[str, Any]) -> None:
    app = new_app()
    stacks = [
        SlmSagemakerStack(app, name, settings=load_settings(**settings, stack_name=name))
        for name in ("First", "Second")
    ]
    first, second = (fixed_names(template_of(stack)) for stack in stacks)
    assert first
    assert not first & second


def test_every_permission_names_its_resource_where_aws_lets_it() -> None:
    """Service authorization reference: these actions know no resource, or none beforehand."""
    template = synthesize_with(**EVERYTHING)
    roles = resources(template, "AWS::IAM::Role")
    unbound = {
        action
        for role in roles
        for statement in statements(template, role)
        if "*" in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }
    assert unbound == {
        "cloudwatch:PutMetricData",  # bound to a namespace
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "ec2:UnassignPrivateIpAddresses",
        "ecr:GetAuthorizationToken",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
    assert not any("*" in action for action in all_actions(template))


def all_actions(template: Template) -> set[str]:
    """What any role may do."""
    return {
        action
        for role in resources(template, "AWS::IAM::Role")
        for statement in statements(template, role)
        for action in as_list(statement["Action"])
    }


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def fixed_names(template: Template) -> set[tuple[str, str]]:
    """Type and name of whatever has a name that an account and region has once."""
    return {
        (resource["Type"], resource["Properties"][name])
        for resource in template["Resources"].values()
        if resource["Type"] not in ("AWS::IAM::Policy", "AWS::CloudWatch::Alarm")
        for name in resource.get("Properties", {})
        if name.endswith("Name") and isinstance(resource["Properties"][name], str)
        # A stage and an authorizer have names within their API.
        and resource["Type"] not in ("AWS::ApiGateway::Stage", "AWS::ApiGateway::Authorizer")
    }
