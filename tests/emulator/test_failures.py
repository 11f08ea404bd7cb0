"""Deployments that fail: what is said, what is left, and how to get rid of it."""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from tests.emulator.conftest import Synthesize
from tests.emulator.inventory import inventory
from tests.emulator.project import PROGRAMS, Emulator, succeeded, unwrapped

STACK: Final = "Failing"
ENDPOINT: Final = f"{STACK}-endpoint"
BROKEN: Final = {"SLM_STACK_NAME": STACK, "SLM_HF_MODEL_ID": "broken/model"}
WORKING: Final = {"SLM_STACK_NAME": STACK}
REASON: Final = "did not pass the ping health check"


@pytest.fixture(autouse=True)
def _nothing_is_left(emulator: Emulator, assembly: Synthesize) -> Iterator[None]:
    """Whatever a test left behind, ``cdk destroy`` clears it all."""
    before = inventory(emulator)
    yield
    result = emulator.destroy(assembly(WORKING))
    assert succeeded(result)
    assert inventory(emulator) - before == frozenset()


def test_an_endpoint_that_does_not_come_up_rolls_the_stack_back(
    emulator: Emulator, assembly: Synthesize
) -> None:
    result = emulator.deploy(assembly(BROKEN))

    assert result.returncode != 0
    assert REASON in unwrapped(result.stderr)
    assert emulator.stack(STACK)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert emulator.client("sagemaker").list_endpoints(NameContains=ENDPOINT)["Endpoints"] == []


def test_a_stack_that_was_rolled_back_is_deployed_anew(
    emulator: Emulator, assembly: Synthesize
) -> None:
    emulator.deploy(assembly(BROKEN))

    result = emulator.deploy(assembly(WORKING))

    assert succeeded(result)
    assert emulator.stack(STACK)["StackStatus"] == "CREATE_COMPLETE"


def test_without_a_rollback_the_failed_endpoint_can_be_looked_at(
    emulator: Emulator, assembly: Synthesize
) -> None:
    result = emulator.deploy(assembly(BROKEN), "--no-rollback")

    assert result.returncode != 0
    assert emulator.stack(STACK)["StackStatus"] == "CREATE_FAILED"
    endpoint = emulator.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT)
    assert endpoint["EndpointStatus"] == "Failed"
    assert REASON in endpoint["FailureReason"]


def test_an_update_that_fails_leaves_what_was_there(
    emulator: Emulator, assembly: Synthesize
) -> None:
    emulator.deploy(assembly(WORKING))
    sagemaker = emulator.client("sagemaker")
    before = sagemaker.describe_endpoint(EndpointName=ENDPOINT)

    result = emulator.deploy(assembly(BROKEN))

    assert result.returncode != 0
    assert emulator.stack(STACK)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    after = sagemaker.describe_endpoint(EndpointName=ENDPOINT)
    assert after["EndpointStatus"] == "InService"
    assert after["EndpointConfigName"] == before["EndpointConfigName"]
    assert after["CreationTime"] == before["CreationTime"]


def test_a_failed_deploy_ends_in_the_doctors_answer(
    emulator: Emulator, assembly: Synthesize
) -> None:
    command = (PROGRAMS / "slm", "deploy", "--require-approval", "never")
    result = emulator.run(*command, "--app", assembly(BROKEN), **BROKEN)

    assert result.returncode != 0
    said = result.stdout + result.stderr
    assert REASON in said
    # Where the Hub can be reached it says that there is no such model.
    assert re.search(r"Cause +(startup_health_timeout|model_not_found) \(", said)
    assert re.search(r"Fix +\S", said)


def test_too_little_quota_fails_with_the_quotas_name(
    emulator: Emulator, assembly: Synthesize
) -> None:
    result = emulator.deploy(assembly(WORKING | {"SLM_INSTANCE_TYPE": "ml.p5.48xlarge"}))

    assert result.returncode != 0
    assert "ml.p5.48xlarge for endpoint usage' is 0" in unwrapped(result.stderr)
