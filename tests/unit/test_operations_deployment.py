import pytest

from slm.operations.deployment import CdkDeploy, Executor, Switch, steps_of
from slm.stack_parameters import ENDPOINT_RUNNING
from tests.unit.fake_account import FakeAccount

STACK = "SlmSagemakerStack"


def steps(account: FakeAccount, *arguments: str, stop_first: bool = False) -> tuple[object, ...]:
    return steps_of(account, STACK, arguments, stop_first=stop_first)


def test_a_deploy_is_one_step() -> None:
    account = FakeAccount(statuses=["UPDATE_COMPLETE"])
    assert steps(account, "--no-rollback") == (CdkDeploy(("--no-rollback",)),)


def test_stopped_first_it_is_started_at_the_end() -> None:
    account = FakeAccount(statuses=["UPDATE_COMPLETE"])
    assert steps(account, stop_first=True) == (
        Switch(running=False),
        CdkDeploy(()),
        Switch(running=True),
    )


def test_what_does_not_run_needs_no_stop() -> None:
    assert steps(FakeAccount(), stop_first=True) == (CdkDeploy(()),)
    stopped = FakeAccount(statuses=["UPDATE_COMPLETE"])
    stopped.parameters[ENDPOINT_RUNNING] = "false"
    assert steps(stopped, stop_first=True) == (CdkDeploy(()),)


def test_steps_are_done_as_they_say() -> None:
    account = FakeAccount(statuses=["UPDATE_COMPLETE"])
    runs: list[object] = []

    def run_cdk(aws: object, stack: str, arguments: object) -> dict[str, str]:
        runs.append((aws, stack, arguments))
        assert account.parameters[ENDPOINT_RUNNING] == "false"
        return {"Output": "value"}

    executor = Executor(account, STACK, lambda event: None, run_cdk)
    assert executor.execute(Switch(running=False)) == {}
    assert executor.execute(Switch(running=False)) == {}  # it is already
    assert executor.execute(CdkDeploy(("--x",))) == {"Output": "value"}
    assert executor.execute(Switch(running=True)) == {}
    assert runs == [(account, STACK, ("--x",))]
    assert account.parameters[ENDPOINT_RUNNING] == "true"


@pytest.mark.parametrize(
    ("step", "title"),
    [
        (Switch(running=True), "Start the endpoint"),
        (Switch(running=False), "Stop the endpoint"),
        (CdkDeploy(("--no-rollback",)), "cdk deploy --no-rollback"),
    ],
)
def test_titles(step: Switch | CdkDeploy, title: str) -> None:
    assert step.title == title
