"""Evidence of a deployed stack, gathered by reading alone.

Whatever cannot be read is said, and the rest is gathered all the same.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from slm.aws import Aws, CredentialsExpired, NoCredentials, NotFound, explained
from slm.doctor.evidence import Context, Evidence
from slm.doctor.log_events import log_lines
from slm.doctor.sources import Source
from slm.doctor.stack_events import failures
from slm.errors import SlmError
from slm.stack_names import endpoint_log_group_name

if TYPE_CHECKING:
    from slm.settings import Settings

_ENDPOINT_LOGS: Final = endpoint_log_group_name("")
_BOOTSTRAP_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
_MOST_EVENTS: Final = 2000


@contextmanager
def seeing(evidence: Evidence, what: str) -> Iterator[None]:
    """Look at something; what forbids it becomes a sentence of what was not seen."""
    try:
        yield
    except SlmError as error:
        evidence.unseen.append(f"{what}: {error.message}")
    else:
        evidence.seen.append(what)


@dataclass(frozen=True)
class StackState:
    """What is known of a stack.

    Attributes:
        status: For example ``ROLLBACK_COMPLETE``; empty if unknown.
        endpoint: The endpoint's name.
        endpoint_status: For example ``Failed``; empty if there is none.
    """

    status: str
    endpoint: str
    endpoint_status: str

    @property
    def failed(self) -> bool:
        """Whether the last operation failed."""
        words = ("FAILED", "ROLLBACK")
        return any(word in self.status for word in words) or self.endpoint_status == "Failed"


def gather_stack(aws: Aws, settings: "Settings") -> tuple[Evidence, StackState]:
    """All evidence of a stack.

    Args:
        aws: The account and region.
        settings: The stack's settings: its name and its endpoint's, and what it should run.
    """
    evidence = Evidence(context=_wanted(settings))
    nothing = StackState("", settings.resolved_endpoint_name, "")
    try:
        evidence.seen.append(f"region {aws.region} of account {aws.account()}")
    except (NoCredentials, CredentialsExpired) as error:
        evidence.add(Source.EVENT, [error.message])
        evidence.unseen.append(f"All of AWS: {error.message}")
        return evidence, nothing
    except SlmError as error:
        evidence.unseen.append(f"All of AWS: {error.message}")
        return evidence, nothing
    status = _stack(aws, settings.stack_name, evidence)
    endpoint = _endpoint(aws, settings.resolved_endpoint_name, evidence)
    state = StackState(status, settings.resolved_endpoint_name, endpoint)
    _container_log(aws, state, evidence)
    _function_logs(aws, settings.stack_name, evidence)
    if endpoint in ("Creating", "Updating"):
        evidence.facts.add("creating")
    if state.failed:
        _quota(aws, evidence)
    if not status:
        _bootstrap(aws, evidence)
    return evidence, state


def _wanted(settings: "Settings") -> Context:
    """The deployment that the settings describe."""
    return Context(
        model=settings.hf_model_id,
        instance_type=settings.instance_type,
        image=settings.engine,
        environment={"QUANTIZE": settings.quantize} | settings.container_environment,
    )


def _stack(aws: Aws, stack: str, evidence: Evidence) -> str:
    """The stack's status; its failed events become evidence."""
    status = ""
    with seeing(evidence, f"stack {stack}"):
        with explained(f"stack {stack}"):
            description = aws.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        status = description["StackStatus"]
        evidence.add(
            Source.EVENT,
            [f"Stack status: {status}. {description.get('StackStatusReason', '')}"],
        )
    with seeing(evidence, f"events of stack {stack}"):
        evidence.add(Source.EVENT, _reasons(aws, stack))
    return status


def _reasons(aws: Aws, stack: str) -> list[str]:
    """Reasons of what failed in the last operation, oldest first."""
    with explained(f"stack {stack}"):
        pages = aws.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        events = (event for page in pages for event in page["StackEvents"])
        return list(failures(islice(events, _MOST_EVENTS), stack))[::-1]


def _endpoint(aws: Aws, name: str, evidence: Evidence) -> str:
    """The endpoint's status; what it runs becomes context, why it failed evidence."""
    status = ""
    with seeing(evidence, f"endpoint {name}"), explained(f"endpoint {name}"):
        endpoint = aws.sagemaker.describe_endpoint(EndpointName=name)
        status = endpoint.get("EndpointStatus", "")
        if endpoint.get("FailureReason"):
            evidence.add(Source.ENDPOINT, endpoint["FailureReason"].splitlines())
            if status == "InService":
                evidence.facts.add("kept_after_failure")
        config = aws.sagemaker.describe_endpoint_config(
            EndpointConfigName=endpoint["EndpointConfigName"]
        )
        variant = config["ProductionVariants"][0]
        model = aws.sagemaker.describe_model(ModelName=variant["ModelName"])
        evidence.context = _deployed(variant, model.get("PrimaryContainer", {}), evidence.context)
    return status


def _deployed(variant: Mapping[str, Any], container: Mapping[str, Any], before: Context) -> Context:
    environment = dict(container.get("Environment", {}))
    models = ("HF_MODEL_ID", "SM_VLLM_MODEL", "SM_LLAMA_CPP_HF_REPO")
    return Context(
        model=next((environment[name] for name in models if environment.get(name)), before.model),
        instance_type=variant.get("InstanceType", before.instance_type),
        image=container.get("Image", before.image),
        environment=environment,
    )


def _container_log(aws: Aws, state: StackState, evidence: Evidence) -> None:
    group = endpoint_log_group_name(state.endpoint)
    with seeing(evidence, f"container log {group}"):
        try:
            lines = log_lines(aws, group)
        except NotFound:
            lines = []
        if lines:
            evidence.add(Source.LOG, lines)
        elif state.endpoint_status == "Failed":
            # An endpoint that has tried to run writes a log: that it did not is evidence.
            evidence.facts.add("no_log_streams")
        if not lines:
            raise NotFound("it has no log streams; a rollback takes the log with it.")


def _function_logs(aws: Aws, stack: str, evidence: Evidence) -> None:
    with seeing(evidence, f"logs of the function and the API of stack {stack}"):
        groups = _log_groups(aws, stack)
        for group in groups:
            if lines := log_lines(aws, group):
                evidence.add(Source.FUNCTION, lines)


def _log_groups(aws: Aws, stack: str) -> list[str]:
    """The stack's log groups besides the container's."""
    with explained(f"stack {stack}"):
        pages = aws.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        names = [
            resource.get("PhysicalResourceId", "")
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource.get("ResourceType", "AWS::Logs::LogGroup") == "AWS::Logs::LogGroup"
        ]
    return [n for n in names if "/" in n and not n.startswith(_ENDPOINT_LOGS) and ":" not in n]


def _quota(aws: Aws, evidence: Evidence) -> None:
    """Is there a quota for this instance at all?"""
    name = f"{evidence.context.instance_type} for endpoint usage"
    with seeing(evidence, f"quota '{name}'"), explained("the quotas of SageMaker"):
        pages = aws.service_quotas.get_paginator("list_service_quotas").paginate(
            ServiceCode="sagemaker"
        )
        for page in pages:
            for quota in page["Quotas"]:
                if quota["QuotaName"] == name and quota["Value"] < 1:
                    evidence.add(Source.EVENT, [f"The account's quota '{name}' is 0."])


def _bootstrap(aws: Aws, evidence: Evidence) -> None:
    """Without a stack: could one be deployed here at all?"""
    with seeing(evidence, "the CDK's bootstrap"):
        try:
            with explained("the CDK's bootstrap"):
                aws.ssm.get_parameter(Name=_BOOTSTRAP_PARAMETER)
        except NotFound:
            evidence.add(Source.EVENT, [f"{_BOOTSTRAP_PARAMETER} is not there: not bootstrapped."])
