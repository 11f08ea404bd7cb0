"""What can be done with the twin's keys, and what is refused."""

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from slm.gateway.token_budget import tokens_period
from slm.keys.durations import NoDuration, parse_duration
from slm.keys.local import LocalKeys
from slm.keys.store import ApiKey, KeyExists, KeyMissing, KeyRefused, NoKeyName, replaced
from slm.local.database import Database
from slm.local.quotas import Quotas, period_of
from slm.settings import DEFAULT_PLAN, Settings
from slm.settings.plans import PlanOverrides

SETTINGS = Settings(quota=10, tokens_per_day=100, plans={"batch": PlanOverrides(quota=3)})
PLANS = SETTINGS.usage_plans()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "slm.sqlite"


@pytest.fixture
def store(file: Path) -> LocalKeys:
    return LocalKeys(Database(file), PLANS)


def test_names_are_unique_and_listed(store: LocalKeys) -> None:
    store.create("a", DEFAULT_PLAN, None)
    store.create("b", "batch", None)
    with pytest.raises(KeyExists, match="slm keys rotate a"):
        store.create("a", DEFAULT_PLAN, None)
    assert [(key.name, key.plan) for key in store.all()] == [("a", DEFAULT_PLAN), ("b", "batch")]


@pytest.mark.parametrize("name", ["", "a b", "-a", "x" * 65, "x" * 5000, "a/b", "é", "a\n"])
def test_a_name_that_logs_could_not_hold_is_refused(store: LocalKeys, name: str) -> None:
    with pytest.raises(NoKeyName, match="is no name for a key") as refused:
        store.create(name, DEFAULT_PLAN, None)
    assert len(refused.value.message) < 250


def test_what_is_not_there_is_named_with_what_is(store: LocalKeys) -> None:
    store.create("a", DEFAULT_PLAN, None)
    for act in (store.revoke, store.limits, lambda n: store.rotate(n, timedelta(0))):
        with pytest.raises(KeyMissing, match=r"no API key z.*There are: a"):
            act("z")
    with pytest.raises(KeyRefused, match=r"no usage plan gold.*default, batch"):
        store.create("z", "gold", None)
    with pytest.raises(KeyRefused, match="no usage plan gold"):
        store.move("a", "gold")


def test_a_refused_change_leaves_nothing(store: LocalKeys) -> None:
    with pytest.raises(KeyMissing):
        store.rotate("z", timedelta(0))
    assert store.all() == []


def test_a_revoked_name_can_be_had_again(store: LocalKeys) -> None:
    first = store.create("a", DEFAULT_PLAN, None)
    assert [key.key_id for key in store.revoke("a")] == [first.key.key_id]
    assert store.create("a", DEFAULT_PLAN, None).key.key_id != first.key.key_id


def test_what_is_revoked_stays_so_when_the_clock_is_set_back(file: Path) -> None:
    now = 1_000_000.0
    store = LocalKeys(Database(file), PLANS, lambda: now)
    for name in ("a", "b"):
        store.create(name, DEFAULT_PLAN, None)
    store.revoke("a")
    kept = store.rotate("b", timedelta(0)).key
    now -= 1000
    assert store.all() == [kept]


def test_the_newest_key_is_the_last_one_whatever_the_clock_says(file: Path) -> None:
    now = 1_000_000.0
    store = LocalKeys(Database(file), PLANS, lambda: now)
    store.create("a", DEFAULT_PLAN, None)
    now -= 1000
    newest = store.rotate("a", timedelta(days=7)).key
    assert store.all()[-1] == newest
    assert store.rotate("a", timedelta(days=7)).key.ends is None


def test_revoking_ends_the_old_key_of_a_rotation_too(store: LocalKeys) -> None:
    store.create("a", DEFAULT_PLAN, None)
    store.rotate("a", timedelta(days=7))
    assert len(store.all()) == 2
    assert len(store.revoke("a")) == 2
    assert store.all() == []


def test_by_its_id_one_key_is_revoked_alone(store: LocalKeys) -> None:
    old = store.create("a", DEFAULT_PLAN, None).key
    new = store.rotate("a", timedelta(days=7)).key
    namesake = store.create(new.key_id, DEFAULT_PLAN, None).key
    assert [key.key_id for key in store.revoke(old.key_id)] == [old.key_id]
    assert [key.key_id for key in store.revoke(new.key_id)] == [namesake.key_id]
    assert store.all() == [new]
    with pytest.raises(KeyMissing, match="There are: a"):
        store.revoke(old.key_id)


def test_a_rotated_key_ends_when_the_old_one_would_have(store: LocalKeys) -> None:
    old = store.create("a", DEFAULT_PLAN, timedelta(days=90)).key
    new = store.rotate("a", timedelta(days=7)).key
    assert new.ends == old.ends
    assert new.ends
    later = store.rotate("a", timedelta(days=7), timedelta(days=180)).key.ends
    assert later
    assert later > new.ends


@pytest.mark.parametrize("expires", [timedelta(0), timedelta(seconds=-1)])
def test_a_key_that_would_never_work_is_refused(store: LocalKeys, expires: timedelta) -> None:
    """Above all it must not become one that never ends."""
    with pytest.raises(NoDuration, match="90d"):
        store.create("a", DEFAULT_PLAN, expires)
    store.create("a", DEFAULT_PLAN, None)
    with pytest.raises(NoDuration, match="90d"):
        store.rotate("a", timedelta(0), expires)


@pytest.mark.parametrize("overlap", [timedelta(0), timedelta(days=7)])
def test_a_rotation_tells_until_when_the_old_keys_work(
    store: LocalKeys, overlap: timedelta
) -> None:
    store.create("a", DEFAULT_PLAN, None)
    first = store.rotate("a", timedelta(days=1))
    new = store.rotate("a", overlap)
    [day] = [key.ends for key in first.replaces]
    until = new.key.created + overlap
    assert day == first.key.created + timedelta(days=1)
    assert [key.ends for key in new.replaces] == [min(day, until), until]


def test_a_value_is_found_by_its_hash(store: LocalKeys) -> None:
    new = store.create("a", DEFAULT_PLAN, None)
    assert store.id_of(new.value) == new.key.key_id
    assert store.id_of("another") is None


def test_the_old_keys_of_rotations() -> None:
    now = datetime.now(UTC)
    keys = [
        ApiKey(key_id, name, DEFAULT_PLAN, now, None, works=True)
        for key_id, name in (("1", "a"), ("2", "b"), ("3", "a"), ("4", "a"))
    ]
    assert replaced(keys) == {"1", "3"}


def test_few_names_are_all_named(store: LocalKeys) -> None:
    for name in ("first", "nightly-job"):
        store.create(name, DEFAULT_PLAN, None)
    with pytest.raises(KeyMissing, match=r"There are: first, nightly-job\.$"):
        store.revoke("nightly")


def test_names_are_kept_for_what_they_used(store: LocalKeys) -> None:
    key = store.create("a", DEFAULT_PLAN, None).key
    store.revoke("a")
    assert store.names() == {key.key_id: "a"}


def test_limits_tell_what_is_left(file: Path, store: LocalKeys) -> None:
    key = store.create("a", DEFAULT_PLAN, None).key
    quotas = Quotas(Database(file))
    assert quotas.admits(key.key_id, period_of(DEFAULT_PLAN, "day", datetime.now(UTC)), 10)
    [limit] = store.limits("a")
    assert (limit.requests_left, limit.tokens_left) == (9, 100)
    assert limit.plan.quota == 10


def test_a_key_whose_plan_is_gone_is_refused_and_can_be_moved(file: Path, store: LocalKeys) -> None:
    store.create("a", "batch", None)
    without = LocalKeys(Database(file), Settings().usage_plans())
    assert [(key.name, key.plan, key.works) for key in without.all()] == [("a", "batch", False)]
    for act in (without.limits, lambda n: without.rotate(n, timedelta(0))):
        with pytest.raises(KeyRefused, match=r"is refused.*slm keys move a --plan default"):
            act("a")
    assert [key.works for key in without.all()] == [False]
    assert without.move("a", DEFAULT_PLAN).works
    assert without.limits("a")


def test_a_rotated_key_is_counted_from_zero_as_in_api_gateway(file: Path, store: LocalKeys) -> None:
    """API Gateway counts by key, and to it the new one is another."""
    old = store.create("a", DEFAULT_PLAN, None).key
    quotas = Quotas(Database(file))
    now = datetime.now(UTC)
    quotas.admits(old.key_id, period_of(DEFAULT_PLAN, "day", now), 10)
    quotas.add(old.key_id, tokens_period(f"{now:%Y-%m-%d}"), 30)
    store.rotate("a", timedelta(days=7))
    left = [(limit.requests_left, limit.tokens_left) for limit in store.limits("a")]
    assert left == [(9, 70), (10, 100)]


def test_of_many_names_those_that_are_alike_are_named(store: LocalKeys) -> None:
    for number in range(12):
        store.create(f"job-{number}", DEFAULT_PLAN, None)
    store.create("alice", DEFAULT_PLAN, None)
    with pytest.raises(KeyMissing, match="There are: alice and 12 more, see 'slm keys list'"):
        store.revoke("alise")
    with pytest.raises(KeyMissing, match=r"There are: job-0, .*job-9 and 3 more"):
        store.revoke("zzz")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90d", 90 * 86_400), ("12h", 43_200), ("30m", 1800), ("0s", 0)]
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "d", "-1d", "1.5d", "1 d", "1y", "999999d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(NoDuration, match="90d"):
        parse_duration(text)


def make_keys(file: Path, process: int) -> int:
    store = LocalKeys(Database(file), PLANS)
    for number in range(20):
        store.create(f"p{process}-{number}", DEFAULT_PLAN, None)
    return process


def test_several_processes_lose_nothing(file: Path) -> None:
    Database(file).close()
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(make_keys, [file] * 4, range(4)))
    assert len(LocalKeys(Database(file), PLANS).all()) == 80


def test_a_killed_process_leaves_whole_changes_only(file: Path) -> None:
    program = textwrap.dedent(f"""
        from datetime import timedelta
        from pathlib import Path
        from slm.keys.local import LocalKeys
        from slm.local.database import Database
        from slm.settings import Settings
        store = LocalKeys(Database(Path({str(file)!r})), Settings().usage_plans())
        store.create("a", "default", None)
        print("ready", flush=True)
        while True:
            store.rotate("a", timedelta(0))
        """)
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env=os.environ
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=10)
    process.stdout.close()
    assert [key.name for key in LocalKeys(Database(file), PLANS).all()] == ["a"]
