from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from slm.aws import PermissionMissing, Unreachable
from slm.operations.stack_operation import Event, OperationFailed, events_since, now, wait
from tests.unit.fake_account import FakeAccount, event
from tests.unit.fake_aws import client_error

STACK = "SlmSagemakerStack"
SINCE = datetime.now(UTC) - timedelta(minutes=1)


def watched(account: FakeAccount, *, between: object = None) -> tuple[str, list[Event], int]:
    """The last status, what was told, and how often it was waited for."""
    told: list[Event] = []
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if callable(between):
            between()

    return wait(account, STACK, SINCE, told.append, sleep=sleep), told, len(waits)


def test_each_event_is_told_once_in_its_order() -> None:
    account = FakeAccount(statuses=["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"])
    old = event("UPDATE_COMPLETE", "Old", Timestamp=SINCE - timedelta(hours=1))
    account.events = [event("UPDATE_COMPLETE", "B"), event("UPDATE_COMPLETE", "A"), old]
    account.events[0]["Timestamp"] += timedelta(seconds=1)
    status, told, waits = watched(account)
    assert (status, waits) == ("UPDATE_COMPLETE", 2)
    assert [e.resource for e in told] == ["A", "B"]


def test_a_deleted_stack_ends_well() -> None:
    status, told, _ = watched(FakeAccount(statuses=["DELETE_IN_PROGRESS", "gone"]))
    assert (status, told) == ("DELETE_COMPLETE", [])


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"])
def test_an_operation_that_fails(status: str) -> None:
    with pytest.raises(OperationFailed, match=status) as failure:
        watched(FakeAccount(statuses=["UPDATE_IN_PROGRESS", status]))
    assert failure.value.stack_status == status


def test_a_network_that_comes_back() -> None:
    account = FakeAccount(statuses=["UPDATE_COMPLETE"])
    account.failures["describe_stacks"] = EndpointConnectionError(endpoint_url="https://x")
    status, _, waits = watched(account, between=account.failures.clear)
    assert (status, waits) == ("UPDATE_COMPLETE", 1)


def test_a_network_that_stays_away() -> None:
    account = FakeAccount(failures={"describe_stacks": client_error("Throttling", "too fast")})
    account.failures["describe_stacks"] = EndpointConnectionError(endpoint_url="https://x")
    with pytest.raises(Unreachable):
        watched(account)


def test_a_refusal_is_not_waited_for() -> None:
    account = FakeAccount(failures={"describe_stacks": client_error("AccessDenied", "no")})
    with pytest.raises(PermissionMissing):
        watched(account)


def test_events_of_a_stack_that_is_gone() -> None:
    account = FakeAccount()
    account.failures["describe_stack_events"] = client_error("ValidationError", "does not exist")
    assert events_since(account, STACK, SINCE) == []


def test_what_failed_by_itself() -> None:
    account = FakeAccount(
        events=[
            event("CREATE_FAILED", "Other", "Resource creation cancelled"),
            event("CREATE_FAILED", "Endpoint", "did not pass the ping health check"),
            event("CREATE_COMPLETE", "Role"),
        ]
    )
    assert [e.resource for e in events_since(account, STACK, SINCE) if e.failed] == ["Endpoint"]


def test_the_time_is_that_of_a_second_begun() -> None:
    assert now().microsecond == 0
