"""The spend leash: stopped, changed while stopped, started, by hand and by the clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from slm.stack_parameters import (
    ENDPOINT_RUNNING,
    OTHER_PARAMETERS,
    RUNNING,
    SCHEDULED_AT,
    STOPPED,
)
from tests.emulator.calls import Api, api_of
from tests.emulator.conftest import Synthesize
from tests.emulator.inventory import inventory
from tests.emulator.project import Emulator, succeeded, unwrapped
from tests.emulator.small_stacks import settled
from tests.emulator.waiting import until

STACK: Final = "Running"
ENDPOINT: Final = f"{STACK}-endpoint"
ZONE: Final = ZoneInfo("Europe/Berlin")
SETTINGS: Final = {
    "SLM_STACK_NAME": STACK,
    "SLM_RUNNING_HOURS": "Mon-Fri 08:00-18:00",
    "SLM_TIME_ZONE": str(ZONE),
    "SLM_AUTOSCALING_MAX_INSTANCE_COUNT": "3",
}
OTHER_INSTANCE: Final = SETTINGS | {"SLM_INSTANCE_TYPE": "ml.g5.2xlarge"}

NOW: Final = datetime.now(ZONE)
MONDAY: Final = NOW.replace(hour=12, minute=0) + timedelta(days=14 - NOW.weekday())
"""A Monday to come, at noon: within the hours."""


@pytest.fixture(scope="module")
def deployed(emulator: Emulator, assembly: Synthesize) -> Iterator[Path]:
    """A stack that scales, and runs in office hours; destroyed, it leaves nothing."""
    emulator.move_to(MONDAY)
    before = inventory(emulator)
    first = assembly(SETTINGS)
    result = emulator.deploy(first)
    assert succeeded(result)
    yield first
    emulator.destroy(first)
    emulator.move_to(datetime.now(UTC))
    assert inventory(emulator) - before == frozenset()


@pytest.fixture
def running(emulator: Emulator, deployed: Path) -> Api:
    """The stack with its endpoint, whatever a test before did."""
    if switch_of(emulator) == STOPPED:
        switch(emulator, RUNNING)
    return api_of(emulator, STACK)


def switch(emulator: Emulator, value: str) -> None:
    """Set the parameter and nothing else, as ``slm stop`` and the schedule do."""
    emulator.client("cloudformation").update_stack(
        StackName=STACK,
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": ENDPOINT_RUNNING, "ParameterValue": value},
            *({"ParameterKey": key, "UsePreviousValue": True} for key in OTHER_PARAMETERS),
        ],
        Capabilities=["CAPABILITY_IAM"],
    )
    assert settled(emulator, STACK)["StackStatus"] == "UPDATE_COMPLETE"


def switch_of(emulator: Emulator, name: str = ENDPOINT_RUNNING) -> str:
    """The parameter's value."""
    parameters = emulator.stack(STACK)["Parameters"]
    values = {p["ParameterKey"]: p["ParameterValue"] for p in parameters}
    return str(values[name])


def endpoints(emulator: Emulator) -> list[str]:
    """The stack's endpoint, if it is there, and what scales it."""
    found = emulator.client("sagemaker").list_endpoints(NameContains=ENDPOINT)["Endpoints"]
    targets = emulator.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker"
    )["ScalableTargets"]
    return [e["EndpointName"] for e in found] + [t["ResourceId"] for t in targets]


BOTH: Final = [ENDPOINT, f"endpoint/{ENDPOINT}/variant/AllTraffic"]


def test_the_clock_stops_and_starts_it(emulator: Emulator, running: Api) -> None:
    emulator.move_to(MONDAY.replace(hour=18))
    assert until(lambda: switch_of(emulator) == STOPPED)
    settled(emulator, STACK)
    assert endpoints(emulator) == []

    emulator.move_to(MONDAY.replace(hour=8) + timedelta(days=1))
    assert until(lambda: switch_of(emulator) == RUNNING)
    settled(emulator, STACK)
    assert endpoints(emulator) == BOTH
    assert running.ask().status_code == 200


def test_the_clock_finds_it_stopped_and_is_content(emulator: Emulator, running: Api) -> None:
    """CloudFormation refuses an update that changes nothing; a dead letter would be an alarm."""
    tuesday = MONDAY + timedelta(days=8)
    emulator.move_to(tuesday)
    switch(emulator, STOPPED)

    emulator.move_to(tuesday.replace(hour=18))

    expected = tuesday.replace(hour=18).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert until(lambda: switch_of(emulator, SCHEDULED_AT).startswith(expected[:16]))
    assert settled(emulator, STACK)["StackStatus"] == "UPDATE_COMPLETE"
    assert switch_of(emulator) == STOPPED
    assert endpoints(emulator) == []


def test_a_scaled_endpoint_has_its_target_and_policy(emulator: Emulator, running: Api) -> None:
    scaling = emulator.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]

    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 3)
    assert policy["PolicyType"] == "TargetTrackingScaling"
    assert running.ask().status_code == 200


def test_stopped_it_costs_nothing_and_says_so(emulator: Emulator, running: Api) -> None:
    switch(emulator, STOPPED)

    assert endpoints(emulator) == []
    answer = running.ask()
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "stopped" in answer.json()["message"]


def test_started_again_it_answers_with_the_same_key(emulator: Emulator, running: Api) -> None:
    switch(emulator, STOPPED)
    switch(emulator, RUNNING)

    assert endpoints(emulator) == BOTH
    assert running.ask().status_code == 200


@pytest.mark.parametrize("value", [RUNNING, STOPPED])
def test_neither_state_is_a_drift(
    emulator: Emulator, running: Api, deployed: Path, value: str
) -> None:
    if value == STOPPED:
        switch(emulator, value)

    result = emulator.cdk("diff", deployed, "--fail")

    assert succeeded(result)


def test_a_deploy_while_stopped_stays_stopped_and_counts_at_the_start(
    emulator: Emulator, running: Api, assembly: Synthesize
) -> None:
    switch(emulator, STOPPED)

    result = emulator.deploy(assembly(OTHER_INSTANCE))

    assert succeeded(result)
    assert (switch_of(emulator), endpoints(emulator)) == (STOPPED, [])
    switch(emulator, RUNNING)
    sagemaker = emulator.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    (variant,) = sagemaker.describe_endpoint_config(
        EndpointConfigName=endpoint["EndpointConfigName"]
    )["ProductionVariants"]
    assert variant["InstanceType"] == OTHER_INSTANCE["SLM_INSTANCE_TYPE"]


def test_another_instance_for_a_scaled_endpoint_is_refused_while_it_runs(
    emulator: Emulator, running: Api, assembly: Synthesize
) -> None:
    emulator.deploy(assembly(OTHER_INSTANCE))

    result = emulator.deploy(assembly(SETTINGS))

    assert result.returncode != 0
    assert "deregistered from automatic scaling" in unwrapped(result.stderr)
    assert emulator.stack(STACK)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert running.ask().status_code == 200
