"""An AWS account with one stack, as ``slm.operations`` sees it through ``slm.aws.Aws``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from slm.settings import Settings
from slm.stack_parameters import ENDPOINT_RUNNING, RUNNING
from tests.unit.fake_aws import client_error

ACCOUNT: Final = "123456789012"
MADE_AT: Final = datetime(2026, 11, 24, 8, tzinfo=UTC)


class FakeClient:
    """Any client: its operations are the account's methods; others are not allowed."""

    def __init__(self, account: Any) -> None:
        self._account = account

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self._account.calls.append((operation, arguments))
            if operation in self._account.failures:
                raise self._account.failures[operation]
            if not hasattr(self._account, operation):
                raise client_error("AccessDenied", f"may not {operation}")
            return getattr(self._account, operation)(**arguments)

        return call

    def get_paginator(self, operation: str) -> "_Paginator":
        return _Paginator(getattr(self, operation))


@dataclass(frozen=True)
class _Paginator:
    """One page."""

    call: Callable[..., Any]

    def paginate(self, *, PaginationConfig: object = None, **arguments: Any) -> Iterator[Any]:
        yield self.call(**arguments)


@dataclass
class FakeAccount:
    """What is there, and what was asked.

    Attributes:
        profile: As ``Aws.profile``.
        region: As ``Aws.region``.
        stack_name: Name of the one stack.
        statuses: What the stack's status is, question by question; the last one stays. Empty
            if there is no stack.
        parameters: The stack's parameters.
        protected: Whether the stack must not be deleted.
        resources: Physical ids of what the stack made.
        events: The stack's events, newest first, as CloudFormation gives them.
        endpoint: DescribeEndpoint's answer, if there is an endpoint.
        variant: The endpoint's one production variant.
        container: The model's container.
        scaled: Whether the variant is an autoscaling target.
        bootstrap_version: Of the CDK's bootstrap stack; None without one.
        quotas: Name -> value.
        keys: API keys.
        schedules: Name -> GetSchedule's answer; None without a group.
        log_groups: Names.
        failures: Operation -> what it raises.
        calls: Operations and their arguments, in order.
    """

    profile: str | None = None
    region: str = "eu-west-2"
    stack_name: str = "SlmSagemakerStack"
    statuses: list[str] = field(default_factory=list)
    parameters: dict[str, str] = field(
        default_factory=lambda: {ENDPOINT_RUNNING: RUNNING, "BootstrapVersion": "21"}
    )
    protected: bool = False
    resources: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    endpoint: dict[str, Any] | None = None
    variant: dict[str, Any] = field(default_factory=dict)
    container: dict[str, Any] = field(default_factory=dict)
    scaled: bool = False
    bootstrap_version: str | None = "21"
    quotas: dict[str, float] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)
    schedules: dict[str, dict[str, Any]] | None = None
    log_groups: list[str] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def cloudformation(self) -> Any:
        return FakeClient(self)

    sagemaker = application_autoscaling = apigateway = scheduler = cloudformation
    service_quotas = ssm = logs = cloudwatch = lambda_ = cloudformation

    def account(self) -> str:
        return ACCOUNT

    def called(self, operation: str) -> list[dict[str, Any]]:
        """The arguments of each call of an operation."""
        return [arguments for name, arguments in self.calls if name == operation]

    def deploy(self, settings: Settings, *, count: int | None = None) -> None:
        """Let a stack and its endpoint be there, made of these settings."""
        self.statuses = ["CREATE_COMPLETE"]
        self.endpoint = {"EndpointConfigName": "config", "CreationTime": MADE_AT}
        self.variant = {
            "ModelName": "model",
            "VariantName": "AllTraffic",
            "InstanceType": settings.instance_type,
            "InitialInstanceCount": count or settings.initial_instance_count,
        }
        image = settings.engine_facts.container.image(settings.instance_type)
        self.container = {
            "Image": f"registry/{image.repository}:{image.tag}",
            "Environment": settings.engine_facts.container.environment(
                settings.model_spec(), settings.instance_type
            ),
        }

    def describe_stacks(self, *, StackName: str) -> Any:
        if self.stack_name not in StackName or not self.statuses:
            raise _missing(f"Stack with id {StackName} does not exist")
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == "gone":
            raise _missing(f"Stack with id {StackName} does not exist")
        parameters = [{"ParameterKey": k, "ParameterValue": v} for k, v in self.parameters.items()]
        stack: dict[str, Any] = {"StackStatus": status, "StackId": f"arn:{self.stack_name}"}
        stack["EnableTerminationProtection"] = self.protected
        return {"Stacks": [stack | {"Parameters": parameters}]}

    def describe_stack_events(self, *, StackName: str) -> Any:
        return {"StackEvents": self.events}

    def list_stack_resources(self, *, StackName: str) -> Any:
        if not self.statuses:
            raise _missing(f"Stack with id {StackName} does not exist")
        return {"StackResourceSummaries": [{"PhysicalResourceId": r} for r in self.resources]}

    def update_stack(self, **arguments: Any) -> Any:
        for parameter in arguments["Parameters"]:
            if "ParameterValue" in parameter:
                key, value = parameter["ParameterKey"], parameter["ParameterValue"]
                if self.parameters[key] == value:
                    raise client_error("ValidationError", "No updates are to be performed.")
                self.parameters[key] = value

    def delete_stack(self, *, StackName: str) -> None:
        self.statuses = ["DELETE_COMPLETE"]
        self.endpoint = None

    def describe_endpoint(self, *, EndpointName: str) -> Any:
        if self.endpoint is None:
            raise client_error("ValidationException", f'Could not find endpoint "{EndpointName}"')
        return self.endpoint

    def describe_endpoint_config(self, *, EndpointConfigName: str) -> Any:
        return {"ProductionVariants": [self.variant]}

    def describe_model(self, *, ModelName: str) -> Any:
        return {"PrimaryContainer": self.container}

    def describe_scalable_targets(self, *, ServiceNamespace: str, ResourceIds: list[str]) -> Any:
        return {"ScalableTargets": [{"ResourceId": ResourceIds[0]}] if self.scaled else []}

    def get_parameter(self, *, Name: str) -> Any:
        if self.bootstrap_version is None:
            raise client_error("ParameterNotFound", "")
        return {"Parameter": {"Value": self.bootstrap_version}}

    def list_service_quotas(self, *, ServiceCode: str) -> Any:
        quotas = [
            {"QuotaName": name, "QuotaCode": f"L-{number}", "Value": value}
            for number, (name, value) in enumerate(self.quotas.items())
        ]
        return {"Quotas": quotas}

    def get_api_keys(self) -> Any:
        return {"items": self.keys}

    def delete_api_key(self, *, apiKey: str) -> None:
        if apiKey not in [key["id"] for key in self.keys]:
            raise client_error("NotFoundException", "Invalid API Key identifier specified")
        self.keys = [key for key in self.keys if key["id"] != apiKey]

    def list_schedules(self, *, GroupName: str) -> Any:
        return {"Schedules": [{"Name": name} for name in self._group()]}

    def get_schedule(self, *, GroupName: str, Name: str) -> Any:
        return self._group()[Name]

    def delete_schedule(self, *, GroupName: str, Name: str) -> None:
        if Name not in self._group():
            raise client_error("ResourceNotFoundException", f"Schedule {Name} does not exist.")
        del self._group()[Name]

    def _group(self) -> dict[str, dict[str, Any]]:
        if self.schedules is None:
            raise client_error("ResourceNotFoundException", "Schedule group does not exist.")
        return self.schedules

    def describe_log_groups(self, *, logGroupNamePrefix: str) -> Any:
        names = [name for name in self.log_groups if name.startswith(logGroupNamePrefix)]
        return {"logGroups": [{"logGroupName": name} for name in names]}


def _missing(message: str) -> ClientError:
    return client_error("ValidationError", message)


def event(status: str, resource: str, reason: str = "", **more: Any) -> dict[str, Any]:
    """An event as CloudFormation has it."""
    return {
        "EventId": f"{resource}-{status}",
        "Timestamp": datetime.now(UTC),
        "LogicalResourceId": resource,
        "ResourceType": "AWS::SageMaker::Endpoint",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    } | more
