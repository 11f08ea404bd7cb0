"""What would make a deploy fail, found before anything is created.

Each check asks one thing and yields problems: what is wrong, and the command that mends it. A
check that may not ask is a note: the deploy itself will tell.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from slm.aws import Aws, AwsUnavailable, NotFound, explained
from slm.operations.fleet import DeployedFleet, deployed_fleet, is_replaced
from slm.operations.running import remedy_for
from slm.operations.stack_operation import DELETED, status_of
from slm.settings import Settings

_BOOTSTRAP_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
_BOOTSTRAP_VERSION: Final = 6
"""Least version of the bootstrap stack that today's templates ask for (AWS CDK guide, "Bootstrap
template version history": ``CDKToolkit`` 6)."""

_QUOTA_SERVICE: Final = "sagemaker"


@dataclass(frozen=True)
class Problem:
    """Something that would make the deploy fail.

    Attributes:
        what: What is wrong.
        remedy: The command or the setting that mends it.
    """

    what: str
    remedy: str


@dataclass(frozen=True)
class Preflight:
    """What the checks found.

    Attributes:
        problems: What must be mended first.
        notes: What could not be checked, and why.
    """

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Deploy:
    """What is to be deployed, and what is there.

    Attributes:
        aws: The account.
        settings: What is to be deployed.
        status: The stack's status.
        options: How ``make`` is told of this account and region.
        stopped_first: Whether there is no old fleet beside the new one.
    """

    aws: Aws
    settings: Settings
    status: str
    options: str
    stopped_first: bool

    def fleet(self) -> DeployedFleet | None:
        """The fleet that the new one comes beside."""
        if self.stopped_first:
            return None
        return deployed_fleet(self.aws, self.settings.resolved_endpoint_name)


_Check = Callable[[_Deploy], Iterator[Problem]]


def preflight(aws: Aws, settings: Settings, *, stopped_first: bool) -> Preflight:
    """Make all checks.

    Args:
        aws: The account.
        settings: What is to be deployed.
        stopped_first: Whether the endpoint is stopped before the deploy, so that there is no old
            fleet beside the new one.

    Raises:
        AwsUnavailable: There are no credentials, they have ended, or no region is set. Nothing
            else can be asked then.
    """
    options = make_options(aws)
    aws.account()
    deploy = _Deploy(aws, settings, status_of(aws, settings.stack_name), options, stopped_first)
    problems: list[Problem] = []
    notes: list[str] = []
    for check in _CHECKS:
        try:
            problems.extend(check(deploy))
        except AwsUnavailable as error:
            notes.append(f"Not checked: {_subject(check)}. {error.message}")
    return Preflight(tuple(problems), tuple(notes))


def make_options(aws: Aws) -> str:
    """``PROFILE=… REGION=…`` for the commands that are recommended."""
    profile = f" PROFILE={aws.profile}" if aws.profile else ""
    return f"{profile} REGION={aws.region}"


def _bootstrap(deploy: _Deploy) -> Iterator[Problem]:
    remedy = f"make bootstrap{deploy.options}"
    try:
        with explained("the CDK bootstrap stack"):
            parameter = deploy.aws.ssm.get_parameter(Name=_BOOTSTRAP_PARAMETER)
    except NotFound:
        yield Problem(f"Region {deploy.aws.region} of this account is not bootstrapped.", remedy)
        return
    version = int(parameter["Parameter"]["Value"])
    if version < _BOOTSTRAP_VERSION:
        yield Problem(
            f"The bootstrap stack has version {version}; {_BOOTSTRAP_VERSION} is needed.", remedy
        )


def _stack_state(deploy: _Deploy) -> Iterator[Problem]:
    stack = deploy.settings.stack_name
    remedy = remedy_for(stack, deploy.status)
    if remedy:
        yield Problem(f"Stack {stack} is {deploy.status}.", remedy)


def _endpoint_name(deploy: _Deploy) -> Iterator[Problem]:
    name = deploy.settings.resolved_endpoint_name
    if deploy.status == DELETED and deploy.fleet():
        yield Problem(
            f"There is an endpoint {name} already, and this stack did not make it.",
            "Choose another endpoint_name in slm.toml, or delete it: "
            f"aws sagemaker delete-endpoint --endpoint-name {name} --region {deploy.aws.region}",
        )


def _quota(deploy: _Deploy) -> Iterator[Problem]:
    settings = deploy.settings
    fleet = deploy.fleet()
    if fleet and not is_replaced(fleet, settings):
        return
    beside = fleet.instance_count if fleet and fleet.instance_type == settings.instance_type else 0
    count = settings.initial_instance_count
    quota_name = f"{settings.instance_type} for endpoint usage"
    quota = _find_quota(deploy.aws, quota_name)
    if quota is None or quota[1] >= count + beside:
        return
    code, value = quota
    fleets = f" ({beside} old and {count} new at once)" if beside else ""
    yield Problem(
        f'The account\'s quota "{quota_name}" is {value:g}, and {count + beside} are needed'
        f"{fleets}.",
        f"aws service-quotas request-service-quota-increase --service-code {_QUOTA_SERVICE} "
        f"--quota-code {code} --desired-value {count + beside} --region {deploy.aws.region}"
        + (", or slm stop first: then the old ones are gone" if beside else ""),
    )


def _find_quota(aws: Aws, name: str) -> tuple[str, float] | None:
    """Code and value of a quota; None if the service knows none of this name."""
    with explained("the quotas of SageMaker"):
        pages = aws.service_quotas.get_paginator("list_service_quotas").paginate(
            ServiceCode=_QUOTA_SERVICE
        )
        for page in pages:
            for quota in page["Quotas"]:
                if quota["QuotaName"] == name:
                    return quota["QuotaCode"], quota["Value"]
    return None


def _scaled_instance(deploy: _Deploy) -> Iterator[Problem]:
    """SageMaker refuses another instance type for a variant that is an autoscaling target.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-delete.html
    """
    fleet = deploy.fleet()
    if fleet and fleet.scaled and fleet.instance_type != deploy.settings.instance_type:
        yield Problem(
            f"The endpoint scales by itself, and SageMaker changes no instance type then "
            f"({fleet.instance_type} to {deploy.settings.instance_type}).",
            f'make deploy{deploy.options} ARGS="--stop-first" stops it, deploys and starts it: '
            "the API answers 503 for the ten minutes or so that a start takes",
        )


_SUBJECTS: Final[dict[_Check, str]] = {
    _bootstrap: "whether the region is bootstrapped",
    _stack_state: "the stack's state",
    _endpoint_name: "whether the endpoint's name is free",
    _quota: "the instance quota",
    _scaled_instance: "whether the endpoint scales by itself",
}
_CHECKS: Final = tuple(_SUBJECTS)


def _subject(check: _Check) -> str:
    return _SUBJECTS[check]
