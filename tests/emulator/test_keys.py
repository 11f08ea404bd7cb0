"""Keys of a deployed stack: the session of ``tests/keys_session.py``, and what only AWS has."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from slm.stack_names import schedule_group_name
from slm.stack_outputs import API_GATEWAY_URL, API_KEY_ID
from tests.emulator.calls import Api, api_of
from tests.emulator.conftest import Synthesize
from tests.emulator.inventory import inventory
from tests.emulator.project import PATIENCE_S, PROGRAMS, Emulator, Result, succeeded
from tests.keys_session import EXPECTED, SETTINGS, hold_session

STACK: Final = "Keys"
VARIABLES: Final = {**SETTINGS, "SLM_STACK_NAME": STACK}


class StackPlace:
    """See ``tests.keys_session.Place``."""

    settle_s = 60.0

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.url = emulator.outputs(STACK)[API_GATEWAY_URL].rstrip("/")

    def run(self, *arguments: str) -> Result:
        """A command of this place, whatever comes of it."""
        command = (PROGRAMS / "slm", *arguments, "--stack", STACK, "--json")
        return self._emulator.run(*command, **VARIABLES)

    def slm(self, *arguments: str) -> Any:
        result = self.run(*arguments)
        assert succeeded(result)
        return json.loads(result.stdout)


@pytest.fixture(scope="module")
def before(emulator: Emulator) -> frozenset[str]:
    """What the account held before the stack."""
    return inventory(emulator)


@pytest.fixture(scope="module")
def place(emulator: Emulator, before: frozenset[str], assembly: Synthesize) -> Iterator[StackPlace]:
    folder = assembly(VARIABLES)
    assert succeeded(emulator.deploy(folder))
    yield StackPlace(emulator)
    emulator.clear(folder, STACK)


def test_the_session_with_a_stack(place: StackPlace) -> None:
    assert hold_session(place) == EXPECTED


def test_an_old_key_ends_by_its_schedule(emulator: Emulator, place: StackPlace) -> None:
    api = api_of(emulator, STACK)
    old = place.slm("keys", "create", "ending")
    new = place.slm("keys", "rotate", "ending", "--overlap", "1h")
    assert [key["ends"] is None for key in place.slm("keys", "show", "ending")["keys"]] == [
        False,
        True,
    ]
    assert schedules(emulator) == [f"end-of-key-{old['key_id']}"]

    try:
        emulator.move_to(datetime.now(UTC) + timedelta(hours=2))
        wait_until(lambda: status(api, old["value"]) == 401)
    finally:
        emulator.move_to(datetime.now(UTC))

    assert status(api, new["value"]) == 200
    assert [key["key_id"] for key in place.slm("keys", "show", "ending")["keys"]] == [new["key_id"]]
    assert schedules(emulator) == []
    place.slm("keys", "revoke", "ending")


def test_an_overlap_of_nothing_ends_the_old_key_at_once(
    emulator: Emulator, place: StackPlace
) -> None:
    api = api_of(emulator, STACK)
    old = place.slm("keys", "create", "leaked")

    new = place.slm("keys", "rotate", "leaked", "--overlap", "0s")

    wait_until(lambda: status(api, old["value"]) == 401)
    assert status(api, new["value"]) == 200
    place.slm("keys", "revoke", "leaked")


def test_a_key_that_expires_is_planned_to_and_revoked_with_its_schedule(
    emulator: Emulator, place: StackPlace
) -> None:
    key = place.slm("keys", "create", "guest", "--expires", "2d")
    assert schedules(emulator) == [f"end-of-key-{key['key_id']}"]

    assert place.slm("keys", "revoke", "guest") == {"revoked": [key["key_id"]]}

    assert schedules(emulator) == []


def test_the_role_deletes_keys_of_its_stack_only(emulator: Emulator, place: StackPlace) -> None:
    keys, scheduler = emulator.client("apigateway"), emulator.client("scheduler")
    own = place.slm("keys", "create", "planned", "--expires", "1h")["key_id"]
    foreign = keys.create_api_key(name="foreign", enabled=True, tags={"slm:stack": "Other"})["id"]
    group = schedule_group_name(STACK)
    found = scheduler.get_schedule(GroupName=group, Name=f"end-of-key-{own}")
    scheduler.create_schedule(
        GroupName=group,
        Name="wicked",
        ScheduleExpression=found["ScheduleExpression"],
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target=found["Target"]
        | {
            "Input": json.dumps({"ApiKey": foreign}),
            "RetryPolicy": {"MaximumRetryAttempts": 0},
        },
    )

    try:
        emulator.move_to(datetime.now(UTC) + timedelta(hours=2))
        wait_until(lambda: own not in key_ids(emulator))
        wait_until(lambda: schedules(emulator) == [])
    finally:
        emulator.move_to(datetime.now(UTC))

    assert foreign in key_ids(emulator)
    keys.delete_api_key(apiKey=foreign)


def test_what_fails_leaves_no_key(emulator: Emulator, place: StackPlace) -> None:
    before = key_ids(emulator)

    result = place.run("keys", "create", "nobody", "--plan", "unknown")

    assert result.returncode == 1
    assert "no usage plan unknown" in result.stdout + result.stderr
    assert key_ids(emulator) == before


def test_the_first_key_can_be_rotated_and_destroy_leaves_nothing(
    emulator: Emulator, place: StackPlace, before: frozenset[str]
) -> None:
    place.slm("keys", "rotate", "first", "--overlap", "7d")
    new = place.slm("keys", "rotate", "first", "--overlap", "0s")
    assert emulator.outputs(STACK)[API_KEY_ID] not in key_ids(emulator)
    assert [key["key_id"] for key in place.slm("keys", "show", "first")["keys"]] == [new["key_id"]]
    place.slm("keys", "create", "left", "--expires", "30d")

    command = (PROGRAMS / "slm", "destroy", "--yes")
    assert succeeded(emulator.run(*command, **VARIABLES))

    assert inventory(emulator) - before == frozenset()


def status(api: Api, value: str) -> int:
    """Of a request that asks no model."""
    return api.get("v1/models", **{"x-api-key": value}).status_code


def key_ids(emulator: Emulator) -> set[str]:
    """Ids of all keys of the account."""
    return {key["id"] for key in emulator.client("apigateway").get_api_keys()["items"]}


def schedules(emulator: Emulator) -> list[str]:
    """Names of the stack's schedules."""
    group = schedule_group_name(STACK)
    found = emulator.client("scheduler").list_schedules(GroupName=group)["Schedules"]
    return sorted(schedule["Name"] for schedule in found)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a change, which in AWS takes a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
