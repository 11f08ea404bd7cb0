"""``slm`` against AWS on loopback, as a person runs it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.emulator.calls import ANSWER, QUESTION, api_of
from tests.emulator.conftest import Synthesize
from tests.emulator.inventory import inventory
from tests.emulator.project import PROGRAMS, Emulator, Result, running, succeeded

STACK: Final = "Commands"
ENDPOINT: Final = f"{STACK}-endpoint"
SETTINGS: Final = {"SLM_STACK_NAME": STACK}
SAYS_NO_MORE: Final = ("--require-approval", "never")


@pytest.fixture(scope="module")
def before(emulator: Emulator) -> frozenset[str]:
    """What the account held before the stack."""
    return inventory(emulator)


@pytest.fixture(scope="module")
def deployed(
    emulator: Emulator, before: frozenset[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Result]:
    """What ``slm deploy`` said; the stack is there."""
    result = deploy(emulator, tmp_path_factory.mktemp("assembly"), **SETTINGS)
    assert succeeded(result)
    yield result
    slm(emulator, "destroy", "--yes")


def slm(emulator: Emulator, *arguments: str, **variables: str) -> Result:
    """Run the command; the settings are those of STACK, if not said otherwise."""
    return emulator.run(PROGRAMS / "slm", *arguments, **SETTINGS | variables)


def deploy(emulator: Emulator, output: Path, **variables: str) -> Result:
    """``slm deploy``; the repository's own ``cdk.out`` stays as it is."""
    words = (*SAYS_NO_MORE, "--output", str(output))
    return slm(emulator, "deploy", *words, CDK_VALIDATION="false", **variables)


def endpoints(emulator: Emulator, name: str = ENDPOINT) -> list[str]:
    """Status of the endpoint, if it is there."""
    found = emulator.client("sagemaker").list_endpoints(NameContains=name)["Endpoints"]
    return [endpoint["EndpointStatus"] for endpoint in found]


def test_deploy_says_how_to_go_on(emulator: Emulator, deployed: Result) -> None:
    assert api_of(emulator, STACK).base_url in deployed.stdout + deployed.stderr
    for command in ("make stop", "make smoke"):
        assert f"{command} REGION=us-east-1 STACK={STACK}" in deployed.stdout


def test_a_diff(emulator: Emulator, deployed: Result, assembly: Synthesize) -> None:
    changed = str(assembly(SETTINGS | {"SLM_INSTANCE_TYPE": "ml.g5.2xlarge"}))

    shown = slm(emulator, "diff", "--app", changed)
    for_programs = slm(emulator, "diff", "--app", changed, "--json")

    assert succeeded(shown)
    said = json.loads(for_programs.stdout)
    assert said["stack"] == STACK
    for words in (shown.stdout + shown.stderr, said["diff"]):
        assert "ml.g5.2xlarge" in words


def test_deploy_again_changes_nothing(emulator: Emulator, deployed: Result, tmp_path: Path) -> None:
    result = deploy(emulator, tmp_path)

    assert succeeded(result)
    assert "no changes" in result.stdout + result.stderr


def test_smoke_finds_all_as_it_should_be(emulator: Emulator, deployed: Result) -> None:
    result = slm(emulator, "smoke", "--deployed", "--json")

    assert succeeded(result)
    assert json.loads(result.stdout)["passed"] is True


def test_invoke_asks_the_deployed_model(emulator: Emulator, deployed: Result) -> None:
    result = slm(emulator, "invoke", QUESTION, "--temperature", "0", "--stack", STACK)

    assert succeeded(result)
    assert ANSWER in result.stdout


def test_stop_and_start(emulator: Emulator, deployed: Result) -> None:
    assert succeeded(slm(emulator, "stop"))
    assert endpoints(emulator) == []
    assert "already" in slm(emulator, "stop").stdout
    status = slm(emulator, "status", "--stack", STACK)
    assert "stopped" in status.stdout + status.stderr

    assert succeeded(slm(emulator, "start"))
    assert endpoints(emulator) == ["InService"]
    assert api_of(emulator, STACK).ask().status_code == 200


def test_destroy_leaves_nothing_keys_made_elsewhere_included(
    emulator: Emulator, deployed: Result, before: frozenset[str]
) -> None:
    keys = emulator.client("apigateway")
    keys.create_api_key(name="made elsewhere", enabled=True, tags={"slm:stack": STACK})
    other = keys.create_api_key(name="of somebody else", enabled=True)["id"]

    result = slm(emulator, "destroy", "--yes")

    assert succeeded(result)
    assert inventory(emulator) - before == {f"apigateway: {other}"}
    keys.delete_api_key(apiKey=other)


def test_a_failed_deploy_says_why_and_what_to_do(
    emulator: Emulator, before: frozenset[str], assembly: Synthesize
) -> None:
    broken = {"SLM_STACK_NAME": "Unlucky", "SLM_HF_MODEL_ID": "broken/model"}

    result = slm(emulator, "deploy", *SAYS_NO_MORE, "--app", str(assembly(broken)), **broken)

    assert result.returncode != 0
    assert "did not pass the ping health check" in result.stdout
    assert "make deploy REGION=us-east-1 STACK=Unlucky ARGS=--no-rollback" in result.stdout
    assert succeeded(slm(emulator, "destroy", "--yes", SLM_STACK_NAME="Unlucky"))
    assert inventory(emulator) - before == frozenset()


REFUSALS: Final[dict[str, tuple[dict[str, str], str, str]]] = {
    "no quota": ({"SLM_INSTANCE_TYPE": "ml.p5.48xlarge"}, "quota", "ml.p5.48xlarge"),
    "no credentials": ({"AWS_ACCESS_KEY_ID": ""}, "credentials", "make sso-login"),
    "no region": ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "region", "REGION="),
}
"""Case -> variables, what is wrong, what to do."""


@pytest.mark.parametrize("case", REFUSALS)
def test_what_would_fail_is_told_before_anything_is_made(
    emulator: Emulator, before: frozenset[str], tmp_path: Path, case: str
) -> None:
    variables, wrong, remedy = REFUSALS[case]

    result = deploy(emulator, tmp_path, **{"SLM_STACK_NAME": "Never"} | variables)

    assert result.returncode != 0
    assert wrong in result.stderr
    assert remedy in result.stderr
    assert not any("Never" in line for line in inventory(emulator))


def test_an_account_that_is_not_prepared_is_told(tmp_path: Path) -> None:
    with running("--no-model") as unprepared:
        refused = deploy(unprepared, tmp_path), slm(unprepared, "diff")
        left: Any = unprepared.client("cloudformation").describe_stacks()["Stacks"]
        prepared = slm(unprepared, "bootstrap", "--json", CDK_VALIDATION="false")
        checked = slm(unprepared, "deploy", "--check-only")

    for result in refused:
        assert result.returncode == 1
        assert f"Do: make bootstrap REGION=us-east-1 STACK={STACK}\n" in result.stderr
    assert left == []
    assert json.loads(prepared.stdout) == {"region": "us-east-1", "account": "123456789012"}
    assert succeeded(checked)
