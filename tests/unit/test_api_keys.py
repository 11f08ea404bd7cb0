import pytest
from hypothesis import given
from hypothesis import strategies as st

from slm.limits import MAX_API_KEY_CHARS, MIN_API_KEY_CHARS
from slm.local.api_keys import ApiKeys, UsagePlan, new_key_value
from slm.local.throttle import ThrottleLimit
from slm.settings import Settings

PLAN = UsagePlan("default", ThrottleLimit(rate=50, burst=100), quota=10_000)
KEY = "k" * MIN_API_KEY_CHARS


def test_the_plan_has_the_limits_of_the_settings() -> None:
    settings = Settings(rate_limit=7.5, burst_limit=9, quota=11)
    assert UsagePlan.from_settings(settings) == UsagePlan("default", ThrottleLimit(7.5, 9), 11)


def test_a_key_is_found_with_its_name_and_plan() -> None:
    keys = ApiKeys(PLAN)
    added = keys.add(KEY, name="laptop")
    found = keys.lookup(KEY)
    assert found is added
    assert (added.name, added.plan) == ("laptop", PLAN)


def test_each_key_has_an_id_of_its_own_that_says_nothing_of_it() -> None:
    keys = ApiKeys(PLAN)
    values = [new_key_value() for _ in range(20)]
    ids = [keys.add(value, name="n").key_id for value in values]
    assert len(set(ids)) == len(ids)
    assert not any(key_id in value for key_id in ids for value in values)


@pytest.mark.parametrize(
    "other", ["", KEY[:-1], KEY + "k", KEY.upper(), f" {KEY}", "é" * 20, "k" * 10_000, "\0" * 20]
)
def test_anything_else_is_unknown(other: str) -> None:
    keys = ApiKeys(PLAN)
    keys.add(KEY, name="laptop")
    assert keys.lookup(other) is None


def test_among_many_each_key_finds_itself() -> None:
    keys = ApiKeys(PLAN)
    records = {value: keys.add(value, name=value) for value in (new_key_value() for _ in range(50))}
    assert all(keys.lookup(value) is record for value, record in records.items())


@pytest.mark.parametrize("length", [0, MIN_API_KEY_CHARS - 1, MAX_API_KEY_CHARS + 1])
def test_a_length_that_api_gateway_refuses_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"20 to 128 characters, not {length}"):
        ApiKeys(PLAN).add("k" * length, name="laptop")


@pytest.mark.parametrize("length", [MIN_API_KEY_CHARS, MAX_API_KEY_CHARS])
def test_the_shortest_and_the_longest_are_taken(length: int) -> None:
    keys = ApiKeys(PLAN)
    keys.add("k" * length, name="laptop")
    assert keys.lookup("k" * length)


def test_the_same_value_twice_is_refused_without_naming_it() -> None:
    keys = ApiKeys(PLAN)
    keys.add(KEY, name="laptop")
    with pytest.raises(ValueError, match="already") as raised:
        keys.add(KEY, name="other")
    assert KEY not in str(raised.value)


def test_values_are_not_held() -> None:
    keys = ApiKeys(PLAN)
    record = keys.add(KEY, name="laptop")
    assert KEY not in repr(vars(keys))
    assert KEY not in repr(record)


@given(st.integers(min_value=2, max_value=50))
def test_new_values_are_long_and_never_alike(count: int) -> None:
    values = {new_key_value() for _ in range(count)}
    assert len(values) == count
    assert all(len(value) == 40 and value.isascii() for value in values)
