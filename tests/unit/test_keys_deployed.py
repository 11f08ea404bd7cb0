"""Keys in API Gateway; with an emulator of it: ``tests/emulator/test_keys.py``."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slm.aws import AwsUnavailable, NotFound
from slm.gateway.token_budget import today, tokens_period
from slm.keys.deployed import NO_PLAN, DeployedKeys
from slm.keys.store import ApiKey, KeyExists, KeyMissing, KeyRefused, NoKeyName
from slm.settings import PlanSettings
from slm.stack_outputs import KEY_SCHEDULES_ROLE_ARN
from tests.unit.fake_aws import client_error
from tests.unit.fake_keys import MINE, NOW, ROLE, STACK, FakeKeys

DAY = timedelta(days=1)
PLANS = {
    "default": PlanSettings(
        rate_limit=1, burst_limit=1, quota=1, quota_period="day", tokens_per_day=0
    ),
    "batch": PlanSettings(
        rate_limit=1, burst_limit=1, quota=1, quota_period="day", tokens_per_day=500
    ),
}
REFUSED = client_error("BadRequestException", "No.")

# Far enough away that a schedule for it is in the future.
FAR = datetime.now(UTC).replace(microsecond=0) + timedelta(days=365)


@pytest.fixture
def account() -> FakeKeys:
    return FakeKeys()


@pytest.fixture
def store(account: FakeKeys) -> DeployedKeys:
    fake: Any = account
    return DeployedKeys(fake, STACK, PLANS, lambda: FAR)


def names(store: DeployedKeys) -> list[str]:
    return [key.name for key in store.all()]


def test_a_key_has_the_stacks_name_and_tag_and_its_plan(
    account: FakeKeys, store: DeployedKeys
) -> None:
    new = store.create("alice", "batch", None)

    made = account.keys[new.key.key_id]
    assert (made["name"], made["tags"]) == (f"{STACK}-alice", MINE)
    assert account.members["id-batch"] == [new.key.key_id]
    assert new.value not in repr(store.all())
    assert store.all() == [ApiKey("k0", "first", "default", NOW, None, works=True), new.key]


def test_names_are_unique_and_plans_those_that_are_deployed(store: DeployedKeys) -> None:
    store.create("alice", "default", None)
    with pytest.raises(KeyExists, match="alice"):
        store.create("alice", "default", None)
    with pytest.raises(KeyRefused, match="There are: default, batch"):
        store.create("bob", "b-default", None)
    with pytest.raises(NoKeyName, match="no name"):
        store.create("a b", "default", None)
    with pytest.raises(KeyMissing):
        store.revoke("bob")


def test_a_key_that_expires_has_a_schedule(account: FakeKeys, store: DeployedKeys) -> None:
    key = store.create("guest", "default", DAY).key

    assert store.all()[-1].ends == key.ends == FAR + DAY
    (schedule,) = account.schedules.values()
    assert schedule["GroupName"] == f"{STACK}-schedules"
    assert schedule["ScheduleExpression"] == f"at({FAR + DAY:%Y-%m-%dT%H:%M:%S})"
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert schedule["Target"]["Arn"] == "arn:aws-cn:scheduler:::aws-sdk:apigateway:deleteApiKey"
    assert schedule["Target"]["RoleArn"] == ROLE
    assert json.loads(schedule["Target"]["Input"]) == {"ApiKey": key.key_id}

    store.revoke("guest")
    assert account.schedules == {}


@pytest.mark.parametrize("operation", ["create_usage_plan_key", "create_schedule", "tag_resource"])
def test_a_key_that_cannot_be_made_whole_is_removed(
    account: FakeKeys, store: DeployedKeys, operation: str
) -> None:
    account.failures[operation] = REFUSED

    with pytest.raises(AwsUnavailable):
        store.create("guest", "default", DAY)

    assert names(store) == ["first"]
    assert account.schedules == {}


def test_a_stack_of_an_older_version_is_told(account: FakeKeys, store: DeployedKeys) -> None:
    del account.outputs[KEY_SCHEDULES_ROLE_ARN]
    with pytest.raises(NotFound, match="'make deploy REGION=eu-west-2 STACK=Stack'"):
        store.create("guest", "default", DAY)
    assert names(store) == ["first"]


def test_a_rotated_key_goes_on_until_the_overlap_ends(
    account: FakeKeys, store: DeployedKeys
) -> None:
    old = store.create("alice", "batch", None).key
    new = store.rotate("alice", DAY)

    assert new.key.plan == "batch"
    assert [(key.key_id, key.ends) for key in store.all()[1:]] == [
        (old.key_id, FAR + DAY),
        (new.key.key_id, None),
    ]
    assert list(account.schedules) == [f"end-of-key-{old.key_id}"]
    assert [(key.key_id, key.ends) for key in new.replaces] == [(old.key_id, FAR + DAY)]


def test_a_second_rotation_makes_no_old_key_live_longer(
    account: FakeKeys, store: DeployedKeys
) -> None:
    store.create("alice", "default", None)
    store.rotate("alice", DAY)
    new = store.rotate("alice", 2 * DAY)
    assert [key.ends for key in store.all()[1:]] == [FAR + DAY, FAR + 2 * DAY, None]
    assert [key.ends for key in new.replaces] == [FAR + DAY, FAR + 2 * DAY]

    store.rotate("alice", DAY / 2)
    assert [key.ends for key in store.all()[1:]] == [FAR + DAY / 2] * 3 + [None]


def test_without_an_overlap_the_old_key_is_gone(account: FakeKeys, store: DeployedKeys) -> None:
    old = store.create("alice", "default", DAY).key
    new = store.rotate("alice", timedelta())
    assert old.key_id not in account.keys
    assert store.all()[1:] == [new.key]
    # The new one ends when the old one would have.
    assert new.key.ends == old.ends
    assert [key.ends for key in new.replaces] == [new.key.created]
    [schedule] = account.schedules
    assert new.key.key_id in schedule


@pytest.mark.parametrize("expires", [None, 2 * DAY])
def test_a_rotation_that_fails_leaves_all_as_it_was(
    account: FakeKeys, store: DeployedKeys, expires: timedelta | None
) -> None:
    old = store.create("alice", "default", expires).key
    before, schedules = store.all(), dict(account.schedules)
    tag, tried = account.tag_resource, []

    def fails_once(*, resourceArn: str, tags: dict[str, str]) -> None:
        if resourceArn.endswith(old.key_id) and not tried:
            tried.append(tags)
            raise REFUSED
        tag(resourceArn=resourceArn, tags=tags)

    account.tag_resource = fails_once  # type: ignore[method-assign]
    with pytest.raises(AwsUnavailable):
        store.rotate("alice", DAY)

    assert store.all() == before
    assert account.schedules == schedules


def test_a_key_moves_with_its_value(account: FakeKeys, store: DeployedKeys) -> None:
    key = store.create("alice", "default", None).key
    assert store.move("alice", "batch").plan == "batch"
    assert account.members == {"id-default": ["k0"], "id-batch": [key.key_id]}
    assert store.move("alice", "batch").plan == "batch"
    with pytest.raises(KeyRefused):
        store.move("alice", "unknown")


def test_by_its_id_one_key_is_revoked_alone(account: FakeKeys, store: DeployedKeys) -> None:
    old = store.create("alice", "default", None).key
    new = store.rotate("alice", DAY).key
    assert [key.key_id for key in store.revoke(old.key_id)] == [old.key_id]
    assert (old.key_id in account.keys, new.key_id in account.keys) == (False, True)


def test_a_move_that_fails_is_undone(account: FakeKeys, store: DeployedKeys) -> None:
    store.create("alice", "default", None)
    account.failures["put_item"] = REFUSED
    with pytest.raises(AwsUnavailable):
        store.move("alice", "batch")
    assert store.all()[-1].plan == "default"


def test_a_key_that_somebody_took_out_of_its_plan(account: FakeKeys, store: DeployedKeys) -> None:
    account.members["id-default"] = []
    assert (store.all()[0].plan, store.all()[0].works) == (NO_PLAN, False)
    with pytest.raises(
        KeyRefused, match="slm keys move first --plan default --stack Stack --region"
    ):
        store.limits("first")
    with pytest.raises(
        KeyRefused, match="slm keys move first --plan default --stack Stack --region"
    ):
        store.rotate("first", DAY)
    assert store.move("first", "default").plan == "default"


def test_limits_are_those_that_are_deployed(account: FakeKeys, store: DeployedKeys) -> None:
    (limits,) = store.limits("first")
    assert limits.plan == PlanSettings(
        rate_limit=2, burst_limit=5, quota=100, quota_period="week", tokens_per_day=0
    )
    assert (limits.requests_left, limits.tokens_left) == (None, None)

    account.usage["k0"] = [[7, 93]]
    assert store.limits("first")[0].requests_left == 93


def test_the_gateway_is_told_the_plan_and_tells_the_tokens(
    account: FakeKeys, store: DeployedKeys
) -> None:
    key = store.create("alice", "batch", None).key
    assert store.limits("alice")[0].tokens_left is None

    account.items = {}
    store.move("alice", "batch")
    assert account.items[key.key_id, "plan"]["plan"] == {"S": "batch"}
    assert store.limits("alice")[0].tokens_left == 500

    account.items[key.key_id, tokens_period(today())] = {"tokens": {"N": "501"}}
    assert store.limits("alice")[0].tokens_left == 0

    store.revoke("alice")
    assert (key.key_id, "plan") not in account.items


def test_what_another_removed_meanwhile_is_revoked(account: FakeKeys, store: DeployedKeys) -> None:
    store.create("alice", "default", None)
    account.failures["delete_api_key"] = client_error("NotFoundException", "Invalid")
    assert len(store.revoke("alice")) == 1
