"""Synthesis for tests: with the flags of ``cdk.json``, without bundling."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import assertions

from slm.settings import Settings, load_settings
from slm_sagemaker.slm_sagemaker_stack import SlmSagemakerStack

ROOT = Path(__file__).parent.parent.parent

Template = dict[str, Any]
Resource = dict[str, Any]

EVERYTHING = {
    "engine": "vllm",
    "quantize": "",
    "access_logs": True,
    "tracing": True,
    "autoscaling_max_instance_count": 3,
    "running_hours": "Mon-Fri 08:00-18:00",
    "time_zone": "Europe/London",
    "max_concurrent_requests": 20,
    "plans": {"batch": {"quota": 5, "quota_period": "month"}},
    "alarm_email": "operator@example.com",
    "alarm_spend_usd_per_day": 30,
    "vpc_id": "vpc-0a1b2c3d",
    "vpc_subnet_ids": ("subnet-0a1b2c3d", "subnet-1a1b2c3d"),
    "vpc_endpoints": True,
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/mine",
    "waf_rate_limit": 2000,
    "domain_name": "llm.example.com",
    "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/mine",
    "hosted_zone_id": "Z123",
    "model_data_url": "s3://models/hermes/",
    "cors_origins": ("https://chat.example.com", "https://other.example.com"),
}
"""Settings that switch on what is off by default."""


def new_app(outdir: Path | None = None) -> cdk.App:
    """An app as ``cdk synth`` makes it, but with the source folder as the function's code."""
    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    return cdk.App(
        context=flags | {"aws:cdk:bundling-stacks": []}, outdir=str(outdir) if outdir else None
    )


def template_of(stack: cdk.Stack) -> Template:
    """A stack's CloudFormation template."""
    return dict(assertions.Template.from_stack(stack).to_json())


@cache
def synthesize(region: str | None = "us-east-1", **settings: Any) -> Template:
    """The template for some settings; do not change it, others get the same.

    Args:
        region: None leaves it open.
        settings: What differs from ``slm.toml``.
    """
    environment = cdk.Environment(region=region) if region else None
    stack = SlmSagemakerStack(
        new_app(), "Test", settings=load_settings(**settings), env=environment
    )
    return template_of(stack)


def synthesize_with(**settings: Any) -> Template:
    """``synthesize`` for settings that cannot be a cache's key."""
    return synthesize.__wrapped__(**settings)


def resources(template: Template, resource_type: str) -> dict[str, Resource]:
    """Logical id -> resource, of one type."""
    return {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == resource_type
    }


def only(template: Template, resource_type: str) -> tuple[str, Resource]:
    """Logical id and properties of a resource that must be the only one of its type."""
    [(logical_id, resource)] = resources(template, resource_type).items()
    return logical_id, resource["Properties"]


def function(template: Template, handler: str) -> Resource:
    """Properties of the function with this handler."""
    found = resources(template, "AWS::Lambda::Function").values()
    [properties] = [f["Properties"] for f in found if f["Properties"]["Handler"] == handler]
    return dict(properties)


def statements(template: Template, role_id: str) -> Iterator[dict[str, Any]]:
    """All IAM statements of a role, its own and those of attached policies."""
    for policy in template["Resources"][role_id]["Properties"].get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]
    for policy in resources(template, "AWS::IAM::Policy").values():
        if {"Ref": role_id} in policy["Properties"]["Roles"]:
            yield from policy["Properties"]["PolicyDocument"]["Statement"]


def text(value: Any) -> str:
    """A property as text: joined, with references as ``${Name}`` or ``${Name.Attribute}``."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(part) for part in parts)
        case {"Fn::FindInMap": [_, key, name]}:
            return f"${{{name} of {text(key)}}}"
    raise AssertionError(f"no text: {value!r}")


def default_settings() -> Settings:
    """What ``synthesize()`` deploys."""
    return load_settings()
