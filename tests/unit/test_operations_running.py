import pytest

from slm.aws import NotFound
from slm.commands import Commands
from slm.operations.running import NotPossibleNow, is_running, remedy_for, set_running
from slm.stack_parameters import ENDPOINT_RUNNING
from tests.unit.fake_account import FakeAccount

STACK = "SlmSagemakerStack"


@pytest.fixture
def account() -> FakeAccount:
    return FakeAccount(statuses=["UPDATE_COMPLETE"])


def test_a_stop_changes_one_parameter_and_keeps_the_rest(account: FakeAccount) -> None:
    assert is_running(account, STACK)
    assert set_running(account, STACK, running=False)
    assert not is_running(account, STACK)
    (update,) = account.called("update_stack")
    assert update["UsePreviousTemplate"] is True
    assert update["Parameters"] == [
        {"ParameterKey": "BootstrapVersion", "UsePreviousValue": True},
        {"ParameterKey": ENDPOINT_RUNNING, "ParameterValue": "false"},
    ]
    assert update["Capabilities"] == ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]


def test_what_is_stopped_already_counts_as_done(account: FakeAccount) -> None:
    assert not set_running(account, STACK, running=True)


def test_a_stack_that_takes_no_update(account: FakeAccount) -> None:
    account.statuses = ["UPDATE_IN_PROGRESS"]
    with pytest.raises(NotPossibleNow, match=r"is UPDATE_IN_PROGRESS. Wait until that is done"):
        set_running(account, STACK, running=False)
    assert account.called("update_stack") == []


def test_a_stack_of_another_kind(account: FakeAccount) -> None:
    account.parameters = {}
    with pytest.raises(NotPossibleNow, match="no parameter EndpointRunning"):
        set_running(account, STACK, running=False)
    assert is_running(account, STACK)


def test_no_stack() -> None:
    with pytest.raises(NotFound, match=f"no stack {STACK}"):
        set_running(FakeAccount(), STACK, running=False)


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_states_that_take_an_update(status: str) -> None:
    assert remedy_for(STACK, status, Commands()) == ""
