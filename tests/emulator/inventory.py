"""All that an account holds, service by service: what a destroyed stack must not leave."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.emulator.project import Emulator

Lister = Callable[[Any], Iterator[str]]


def inventory(emulator: Emulator) -> frozenset[str]:
    """A line for each resource, as ``service: name``."""
    return frozenset(
        f"{service}: {name}"
        for service, lister in _LISTERS
        for name in lister(emulator.client(service))
    )


def _listing(operation: str, field: str, name: str, **arguments: Any) -> Lister:
    """Lists with one call of a client."""

    def lister(client: Any) -> Iterator[str]:
        method = getattr(client, operation)
        items = (
            (
                item
                for page in client.get_paginator(operation).paginate(**arguments)
                for item in page[field]
            )
            if client.can_paginate(operation)
            else method(**arguments).get(field, [])
        )
        for item in items:
            yield item[name] if isinstance(item, dict) else item

    return lister


def _stacks(client: Any) -> Iterator[str]:
    for stack in client.describe_stacks()["Stacks"]:
        yield stack["StackName"]


def _alarms(client: Any) -> Iterator[str]:
    answer = client.describe_alarms()
    for alarm in answer["MetricAlarms"] + answer.get("CompositeAlarms", []):
        yield alarm["AlarmName"]


_LISTERS: Final[tuple[tuple[str, Lister], ...]] = (
    ("cloudformation", _stacks),
    ("lambda", _listing("list_functions", "Functions", "FunctionName")),
    ("apigateway", _listing("get_rest_apis", "items", "id")),
    ("apigateway", _listing("get_api_keys", "items", "id")),
    ("apigateway", _listing("get_usage_plans", "items", "id")),
    ("apigateway", _listing("get_domain_names", "items", "domainName")),
    ("logs", _listing("describe_log_groups", "logGroups", "logGroupName")),
    ("iam", _listing("list_roles", "Roles", "RoleName")),
    ("iam", _listing("list_policies", "Policies", "PolicyName", Scope="Local")),
    ("sagemaker", _listing("list_models", "Models", "ModelName")),
    ("sagemaker", _listing("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName")),
    ("sagemaker", _listing("list_endpoints", "Endpoints", "EndpointName")),
    (
        "application-autoscaling",
        _listing(
            "describe_scalable_targets",
            "ScalableTargets",
            "ResourceId",
            ServiceNamespace="sagemaker",
        ),
    ),
    (
        "application-autoscaling",
        _listing(
            "describe_scaling_policies",
            "ScalingPolicies",
            "PolicyName",
            ServiceNamespace="sagemaker",
        ),
    ),
    ("scheduler", _listing("list_schedules", "Schedules", "Arn")),
    ("scheduler", _listing("list_schedule_groups", "ScheduleGroups", "Name")),
    ("cloudwatch", _alarms),
    ("cloudwatch", _listing("list_dashboards", "DashboardEntries", "DashboardName")),
    ("sns", _listing("list_topics", "Topics", "TopicArn")),
    ("sns", _listing("list_subscriptions", "Subscriptions", "SubscriptionArn")),
    ("sqs", _listing("list_queues", "QueueUrls", "")),
    ("events", _listing("list_rules", "Rules", "Name")),
    ("wafv2", _listing("list_web_acls", "WebACLs", "Name", Scope="REGIONAL")),
    ("ec2", _listing("describe_security_groups", "SecurityGroups", "GroupId")),
    ("ec2", _listing("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId")),
    ("dynamodb", _listing("list_tables", "TableNames", "")),
    ("ssm", _listing("describe_parameters", "Parameters", "Name")),
    ("secretsmanager", _listing("list_secrets", "SecretList", "Name")),
    ("kms", _listing("list_keys", "Keys", "KeyId")),
    ("s3", _listing("list_buckets", "Buckets", "Name")),
    ("budgets", _listing("describe_budgets", "Budgets", "BudgetName", AccountId="123456789012")),
)
