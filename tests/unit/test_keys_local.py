"""What can be done with the twin's keys, and what is refused."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from slm.errors import SlmError
from slm.keys.durations import NoDuration, parse_duration
from slm.keys.local import LocalKeys
from slm.keys.store import KeyExists, KeyMissing, KeyRefused
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


@pytest.mark.parametrize("name", ["", "a b", "-a", "x" * 65, "a/b", "é", "a\n"])
def test_a_name_that_logs_could_not_hold_is_refused(store: LocalKeys, name: str) -> None:
    with pytest.raises(KeyRefused):
        store.create(name, DEFAULT_PLAN, None)


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


def test_revoking_ends_the_old_key_of_a_rotation_too(store: LocalKeys) -> None:
    store.create("a", DEFAULT_PLAN, None)
    store.rotate("a", timedelta(days=7))
    assert len(store.all()) == 2
    assert len(store.revoke("a")) == 2
    assert store.all() == []


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
    with pytest.raises(KeyRefused, match="90d"):
        store.create("a", DEFAULT_PLAN, expires)
    store.create("a", DEFAULT_PLAN, None)
    with pytest.raises(KeyRefused, match="90d"):
        store.rotate("a", timedelta(0), expires)


def test_names_are_kept_for_what_they_used(store: LocalKeys) -> None:
    key = store.create("a", DEFAULT_PLAN, None).key
    store.revoke("a")
    assert store.names() == {key.key_id: "a"}


def test_limits_tell_what_is_left(file: Path, store: LocalKeys) -> None:
    from datetime import UTC, datetime

    key = store.create("a", DEFAULT_PLAN, None).key
    quotas = Quotas(Database(file))
    assert quotas.admits(key.key_id, period_of(DEFAULT_PLAN, "day", datetime.now(UTC)), 10)
    [limit] = store.limits("a")
    assert (limit.requests_left, limit.tokens_left) == (9, 100)
    assert limit.plan.quota == 10


def test_a_plan_that_is_gone_has_no_limits(file: Path, store: LocalKeys) -> None:
    store.create("a", "batch", None)
    without = LocalKeys(Database(file), Settings().usage_plans())
    with pytest.raises(KeyRefused, match=r"\[plans\.batch\]"):
        without.limits("a")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90d", 90 * 86_400), ("12h", 43_200), ("30m", 1800), ("0s", 0)]
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "d", "-1d", "1.5d", "1 d", "1y", "999999d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(NoDuration, match="90d"):
        parse_duration(text)


def test_the_file_is_its_owners_alone(file: Path, store: LocalKeys) -> None:
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_file_of_another_version_or_kind_is_refused(file: Path, tmp_path: Path) -> None:
    Database(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SlmError, match="another version"):
        Database(file)
    (tmp_path / "text").write_text("no database" * 100)
    with pytest.raises(SlmError, match="cannot be used"):
        Database(tmp_path / "text")


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
