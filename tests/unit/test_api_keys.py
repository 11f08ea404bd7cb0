"""Keys as the local API Gateway looks them up."""

from datetime import timedelta

import pytest

from slm.keys.local import LocalKeys
from slm.keys.store import KeyRefused, new_key_value
from slm.limits import MAX_API_KEY_CHARS, MIN_API_KEY_CHARS
from slm.local.api_keys import ApiKeys
from slm.local.database import Database
from slm.settings import DEFAULT_PLAN, Settings
from slm.settings.plans import PlanOverrides
from tests.unit.databases import temporary_database

PLANS = Settings(plans={"batch": PlanOverrides(rate_limit=1)}).usage_plans()
KEY = "k" * MIN_API_KEY_CHARS


class Keys:
    """A store and a look-up over the same file, each with a connection of its own."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.database = temporary_database()
        self.other = Database(self.database.file)
        self.store = LocalKeys(self.other, PLANS, lambda: self.now)
        self.lookup = ApiKeys(self.database, PLANS, lambda: self.now).lookup


@pytest.fixture
def keys() -> Keys:
    return Keys()


def test_a_key_is_found_with_its_name_and_plan(keys: Keys) -> None:
    new = keys.store.create("laptop", "batch", None)
    found = keys.lookup(new.value)
    assert found is not None
    assert (found.key_id, found.name, found.plan.name) == (new.key.key_id, "laptop", "batch")
    assert (found.plan.throttle.rate, found.plan.throttle.burst) == (1, 100)


def test_a_change_by_another_process_holds_at_once(keys: Keys) -> None:
    value = keys.store.create("laptop", DEFAULT_PLAN, None).value
    assert keys.lookup(value)
    keys.store.move("laptop", "batch")
    moved = keys.lookup(value)
    assert moved is not None
    assert moved.plan.name == "batch"
    keys.store.revoke("laptop")
    assert keys.lookup(value) is None


def test_a_key_ends_when_it_should(keys: Keys) -> None:
    value = keys.store.create("laptop", DEFAULT_PLAN, timedelta(days=90)).value
    keys.now += 90 * 86_400 - 1
    assert keys.lookup(value)
    keys.now += 1
    assert keys.lookup(value) is None


def test_a_rotated_key_works_until_the_overlap_ends(keys: Keys) -> None:
    old = keys.store.create("laptop", "batch", None).value
    new = keys.store.rotate("laptop", timedelta(hours=1))
    assert new.key.plan == "batch"
    assert keys.lookup(old)
    assert keys.lookup(new.value)
    keys.now += 3600
    assert keys.lookup(old) is None
    assert keys.lookup(new.value)


@pytest.mark.parametrize(
    "other", ["", KEY[:-1], KEY + "k", KEY.upper(), f" {KEY}", "é" * 20, "k" * 10_000, "\0" * 20]
)
def test_anything_else_is_unknown(keys: Keys, other: str) -> None:
    keys.store.adopt(KEY, name="laptop", plan=DEFAULT_PLAN)
    assert keys.lookup(KEY)
    assert keys.lookup(other) is None


def test_among_many_each_key_finds_itself(keys: Keys) -> None:
    made = [keys.store.create(f"key-{n}", DEFAULT_PLAN, None) for n in range(20)]
    for new in made:
        found = keys.lookup(new.value)
        assert found is not None
        assert found.key_id == new.key.key_id


@pytest.mark.parametrize("length", [0, MIN_API_KEY_CHARS - 1, MAX_API_KEY_CHARS + 1])
def test_a_length_that_api_gateway_refuses_is_refused(keys: Keys, length: int) -> None:
    with pytest.raises(KeyRefused, match=f"20 to 128 characters, not {length}"):
        keys.store.adopt("k" * length, name="laptop", plan=DEFAULT_PLAN)


def test_a_key_of_a_plan_that_is_gone_is_refused(keys: Keys) -> None:
    value = keys.store.create("laptop", "batch", None).value
    without = ApiKeys(keys.database, Settings().usage_plans(), lambda: keys.now)
    assert without.lookup(value) is None


def test_keys_go_on_working_while_the_database_cannot_be_read(
    keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    value = keys.store.create("laptop", DEFAULT_PLAN, None).value
    assert keys.lookup(value)
    with keys.other.change() as connection:
        connection.execute("ALTER TABLE keys RENAME TO gone")
    assert keys.lookup(value)
    assert "cannot be read anew" in caplog.text
    with keys.other.change() as connection:
        connection.execute("ALTER TABLE gone RENAME TO keys")
    keys.store.revoke("laptop")
    assert keys.lookup(value) is None


def test_no_value_is_in_the_file(keys: Keys) -> None:
    value = keys.store.create("laptop", DEFAULT_PLAN, None).value
    for file in keys.database.file.parent.iterdir():
        assert value.encode() not in file.read_bytes()


def test_new_values_are_long_and_never_alike() -> None:
    values = {new_key_value() for _ in range(50)}
    assert len(values) == 50
    assert all(len(value) == 40 and value.isascii() for value in values)
