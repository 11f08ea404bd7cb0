"""What goes wrong, or on, while ``slm deploy`` runs."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Final

import pytest

from slm.stack_parameters import ENDPOINT_RUNNING
from tests.emulator.conftest import Synthesize
from tests.emulator.inventory import inventory
from tests.emulator.launcher import REPOSITORY
from tests.emulator.project import PATIENCE_S, PROGRAMS, Emulator, Result, succeeded
from tests.emulator.small_stacks import settled
from tests.emulator.waiting import until

STACK: Final = "CommandsMore"
SCALED: Final = {"SLM_STACK_NAME": STACK, "SLM_AUTOSCALING_MAX_INSTANCE_COUNT": "2"}
OTHER: Final = SCALED | {"SLM_INSTANCE_TYPE": "ml.g5.2xlarge"}
BROKEN: Final = SCALED | {"SLM_HF_MODEL_ID": "broken/model"}
IN_HOURS: Final = SCALED | {
    "SLM_RUNNING_HOURS": "Mon-Fri 08:00-18:00",
    "SLM_TIME_ZONE": "Europe/Berlin",
}


@pytest.fixture(autouse=True)
def _nothing_is_left(emulator: Emulator) -> Iterator[None]:
    """``slm destroy`` clears all that a test left behind."""
    before = inventory(emulator)
    yield
    assert succeeded(slm(emulator, "destroy", "--yes"))
    assert inventory(emulator) - before == frozenset()


def slm(emulator: Emulator, *arguments: str, **variables: str) -> Result:
    return emulator.run(PROGRAMS / "slm", *arguments, **SCALED | variables)


def deploy(emulator: Emulator, assembly: Path, *arguments: str, **variables: str) -> Result:
    return slm(emulator, *deploy_command(assembly), *arguments, **variables)


def deploy_command(assembly: Path) -> tuple[str, ...]:
    return ("deploy", "--require-approval", "never", "--app", str(assembly))


def test_another_instance_for_an_endpoint_that_scales(
    emulator: Emulator, assembly: Synthesize, tmp_path: Path
) -> None:
    assert succeeded(deploy(emulator, assembly(SCALED)))

    refused = slm(emulator, "deploy", "--output", str(tmp_path / "output"), **OTHER)

    assert refused.returncode == 1
    assert "ARGS=--stop-first" in refused.stderr
    assert not (tmp_path / "output").exists()

    result = deploy(emulator, assembly(OTHER), "--stop-first", **OTHER)

    assert succeeded(result)
    steps = [line for line in result.stdout.splitlines() if line.startswith("Step ")]
    assert [step.partition(": ")[0] for step in steps] == [f"Step {n} of 3" for n in (1, 2, 3)]
    sagemaker = emulator.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=f"{STACK}-endpoint")
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    assert config["ProductionVariants"][0]["InstanceType"] == OTHER["SLM_INSTANCE_TYPE"]
    targets = emulator.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker"
    )
    assert len(targets["ScalableTargets"]) == 1


def test_what_failed_is_kept_if_one_wants(emulator: Emulator, assembly: Synthesize) -> None:
    broken = deploy(emulator, assembly(BROKEN), "--no-rollback", **BROKEN)

    assert broken.returncode == 1
    assert "What failed is kept for inspection" in broken.stdout
    assert emulator.stack(STACK)["StackStatus"] == "CREATE_FAILED"
    assert "make destroy" in deploy(emulator, assembly(SCALED)).stderr


def test_a_start_that_fails_leaves_it_stopped(emulator: Emulator, assembly: Synthesize) -> None:
    assert succeeded(deploy(emulator, assembly(SCALED)))
    assert succeeded(slm(emulator, "stop"))
    assert succeeded(deploy(emulator, assembly(BROKEN), **BROKEN))

    result = slm(emulator, "start", **BROKEN)

    assert result.returncode == 1
    assert "did not pass the ping health check" in result.stdout
    assert "What was there before is back: the endpoint is stopped." in result.stdout
    assert "stopped: no instance is billed" in slm(emulator, "status").stdout


def test_ctrl_c_says_what_goes_on(emulator: Emulator, assembly: Synthesize) -> None:
    with emulator.held_endpoints():
        status, said = _interrupted(emulator, assembly(SCALED))

        assert status == 130
        assert "What CloudFormation has begun goes on" in said
        until(lambda: _exists(emulator))
    assert settled(emulator, STACK)["StackStatus"] == "CREATE_COMPLETE"


def _interrupted(emulator: Emulator, assembly: Path) -> tuple[int, str]:
    """Status and words of a deploy that is interrupted once it tells of resources."""
    process = subprocess.Popen(
        [PROGRAMS / "slm", *deploy_command(assembly)],
        cwd=REPOSITORY,
        env=emulator.variables() | SCALED,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )
    impatience = Timer(PATIENCE_S, process.kill)
    impatience.start()
    assert process.stdout
    said = ""
    try:
        for line in process.stdout:
            said += line
            if "CREATE_IN_PROGRESS" in line:
                # As a terminal does it: every process of the group is told.
                os.killpg(process.pid, signal.SIGINT)
                break
        said += process.stdout.read()
        return process.wait(PATIENCE_S), said
    finally:
        impatience.cancel()
        process.stdout.close()


def _exists(emulator: Emulator) -> bool:
    stacks = emulator.client("cloudformation").describe_stacks()["Stacks"]
    return any(stack["StackName"] == STACK for stack in stacks)


def test_status_of_a_stack_with_hours(emulator: Emulator, assembly: Synthesize) -> None:
    assert succeeded(deploy(emulator, assembly(IN_HOURS), **IN_HOURS))
    assert succeeded(slm(emulator, "stop", "--json"))
    parameters = emulator.stack(STACK)["Parameters"]
    values = {p["ParameterKey"]: p["ParameterValue"] for p in parameters}
    assert values[ENDPOINT_RUNNING] == "false"

    status = slm(emulator, "status").stdout

    assert "stopped: no instance is billed" in status
    assert "08:00 Europe/Berlin" in status
    assert "18:00 Europe/Berlin" in status
