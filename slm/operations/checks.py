"""What would make a deploy fail: each check asks one thing, and yields problems."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from slm.aws import Aws, NotFound, explained
from slm.commands import Commands
from slm.operations.fleet import DeployedFleet, deployed_fleet, is_replaced
from slm.operations.running import is_running, remedy_for
from slm.operations.stack_operation import EMPTY
from slm.planning.account import endpoint_quota
from slm.planning.plan import plan_of_settings
from slm.settings import Settings

_BOOTSTRAP_PARAMETER: Final = "/cdk-bootstrap/hnb659fds/version"
_BOOTSTRAP_VERSION: Final = 6
"""Least version of the bootstrap stack that today's templates ask for (AWS CDK guide, "Bootstrap
template version history": ``CDKToolkit`` 6)."""


_KEPT: Final = "UPDATE_FAILED"
"""What ``--no-rollback`` leaves of an update, and goes on from. What it leaves of a first deploy
holds a failed endpoint, whose name must be free before another can be made."""


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
class DeployOptions:
    """How it is to be deployed.

    Attributes:
        stopped_first: Whether the endpoint is stopped before, so that there is no old fleet
            beside the new one.
        keep_failed: Whether what fails is kept (``--no-rollback``).
        ignore_plan: Whether a model that would not fit is deployed all the same.
    """

    stopped_first: bool = False
    keep_failed: bool = False
    ignore_plan: bool = False


@dataclass(frozen=True)
class Deploy:
    """What is to be deployed, and what is there.

    Attributes:
        aws: The account.
        settings: What is to be deployed.
        options: How.
        status: The stack's status.
        commands: Those of the stack.
    """

    aws: Aws
    settings: Settings
    options: DeployOptions
    status: str
    commands: Commands

    @property
    def is_new(self) -> bool:
        """Whether there is no such stack yet, or one that holds nothing."""
        return self.status in EMPTY

    def fleet(self) -> DeployedFleet | None:
        """The fleet that the new one comes beside."""
        if self.options.stopped_first:
            return None
        return deployed_fleet(self.aws, self.settings.resolved_endpoint_name)

    def stays_stopped(self) -> bool:
        """Whether this deploy starts no fleet at all."""
        return not self.is_new and not is_running(self.aws, self.settings.stack_name)


Check = Callable[[Deploy], Iterator[Problem]]


def _bootstrap(deploy: Deploy) -> Iterator[Problem]:
    remedy = deploy.commands.make("bootstrap")
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


def _stack_state(deploy: Deploy) -> Iterator[Problem]:
    stack = deploy.settings.stack_name
    if deploy.is_new or (deploy.options.keep_failed and deploy.status == _KEPT):
        return  # the CDK begins anew with the one, and goes on with the other
    remedy = remedy_for(stack, deploy.status, deploy.commands)
    if remedy:
        yield Problem(f"Stack {stack} is {deploy.status}.", remedy)


def _endpoint_name(deploy: Deploy) -> Iterator[Problem]:
    name = deploy.settings.resolved_endpoint_name
    if deploy.is_new and deploy.fleet():
        yield Problem(
            f"There is an endpoint {name} already, and this stack did not make it.",
            "Choose another endpoint_name in slm.toml, or delete it: "
            + deploy.commands.aws(f"sagemaker delete-endpoint --endpoint-name {name}"),
        )


def _quota(deploy: Deploy) -> Iterator[Problem]:
    settings = deploy.settings
    fleet = deploy.fleet()
    if deploy.stays_stopped() or (fleet and not is_replaced(fleet, settings)):
        return
    beside = fleet.instance_count if fleet and fleet.instance_type == settings.instance_type else 0
    count = settings.initial_instance_count
    quota = endpoint_quota(deploy.aws, settings.instance_type)
    if quota is None or quota.value >= count + beside:
        return
    fleets = f" ({beside} old and {count} new at once)" if beside else ""
    yield Problem(
        f'The account\'s quota "{quota.name}" is {quota.value:g}, and {count + beside} are needed'
        f"{fleets}.",
        quota.request_command(count + beside)
        + (f" --profile {deploy.aws.profile}" if deploy.aws.profile else "")
        + (
            f", or, with minutes of 503: {deploy.commands.make('deploy', '--stop-first')}"
            if beside and quota.value >= count
            else ""
        ),
    )


def _scaled_instance(deploy: Deploy) -> Iterator[Problem]:
    """SageMaker refuses another instance type for a variant that is an autoscaling target.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-delete.html
    """
    fleet = deploy.fleet()
    if fleet and fleet.scaled and fleet.instance_type != deploy.settings.instance_type:
        yield Problem(
            f"The endpoint scales by itself, and SageMaker changes no instance type then "
            f"({fleet.instance_type} to {deploy.settings.instance_type}).",
            f"{deploy.commands.make('deploy', '--stop-first')} stops it, deploys and starts it: "
            "the API answers 503 for the ten minutes or so that a start takes. Without such a "
            "pause, take its scaling away with a deploy before this one: "
            f"SLM_AUTOSCALING_MAX_INSTANCE_COUNT=0 SLM_INSTANCE_TYPE={fleet.instance_type} "
            + deploy.commands.make("deploy"),
        )


def _plan(deploy: Deploy) -> Iterator[Problem]:
    plan = (
        None if deploy.options.ignore_plan else plan_of_settings(deploy.settings, deploy.aws.region)
    )
    if plan and not plan.fits:
        advice = " ".join(plan.advice) or "slm plan tells what would fit."
        anyway = deploy.commands.make("deploy", "--ignore-plan")
        yield Problem(
            f"The model will not run as it is set: {plan.reason}",
            f"{advice} (If you know better: {anyway})",
        )


CHECKS: Final[dict[Check, str]] = {
    _plan: "whether the model fits",
    _bootstrap: "whether the region is bootstrapped",
    _stack_state: "the stack's state",
    _endpoint_name: "whether the endpoint's name is free",
    _quota: "the instance quota",
    _scaled_instance: "whether the endpoint scales by itself",
}
"""Check -> what it is about, for when it cannot be made."""

NEEDED_TO_LOOK: Final[dict[Check, str]] = {_bootstrap: CHECKS[_bootstrap]}
"""Those whose problems stop the CDK even if it only looks."""
