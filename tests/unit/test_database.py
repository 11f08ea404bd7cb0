"""The twin's SQLite file: who may read it, and what is said when it cannot be used."""

import sqlite3
from pathlib import Path

import pytest

from slm.errors import SlmError
from slm.local.database import Database, DatabaseUnavailable
from tests.unit.databases import temporary_database

INSERT = "INSERT INTO used VALUES (?, 'day', 1)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "slm.sqlite"


def test_the_file_is_its_owners_alone(file: Path) -> None:
    Database(file)
    for made in file.parent.iterdir():
        assert made.stat().st_mode & 0o777 == 0o600


def test_a_file_of_another_version_is_refused(file: Path) -> None:
    Database(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(SlmError, match="another version"):
        Database(file)


def test_a_file_of_another_kind_is_refused(file: Path) -> None:
    file.write_text("no database" * 100)
    with pytest.raises(DatabaseUnavailable, match=r"not a database.*remove the file"):
        Database(file)


def test_a_folder_that_is_not_there_is_no_reason_to_remove_anything(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"No such file.*Is the file yours"):
        Database(tmp_path / "missing" / "slm.sqlite")


def test_a_file_that_another_process_holds_is_not_lost() -> None:
    database = temporary_database()
    database.read("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(database.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with (
        pytest.raises(DatabaseUnavailable, match=r"locked.*end that one.*not lost"),
        database.change(),
    ):
        pytest.fail("it was locked")
    other.close()
    with database.change() as connection:
        connection.execute(INSERT, ("a",))
    assert database.read("SELECT key_id FROM used") == [("a",)]


def test_whoever_reads_waits_for_no_writer() -> None:
    database = temporary_database()
    with database.change() as connection:
        connection.execute(INSERT, ("a",))
        other = Database(database.file)
        assert other.read("SELECT key_id FROM used") == []
    assert other.read("SELECT key_id FROM used") == [("a",)]


def test_a_full_disk_loses_the_change_and_nothing_else() -> None:
    database = temporary_database()
    with database.change() as connection:
        connection.execute(INSERT, ("a",))
    [[pages]] = database.read("PRAGMA page_count")
    database.read(f"PRAGMA max_page_count = {pages}")
    with (
        pytest.raises(DatabaseUnavailable, match=r"full.*Make room.*not lost"),
        database.change() as connection,
    ):
        connection.execute(INSERT, ("b",))
        connection.execute(INSERT, ("c" * 100_000,))
    assert database.read("SELECT key_id FROM used") == [("a",)]


def test_a_file_that_may_only_be_read_is_not_lost() -> None:
    database = temporary_database()
    database.read("PRAGMA query_only = 1")
    with (
        pytest.raises(DatabaseUnavailable, match=r"readonly.*Is the file yours"),
        database.change() as connection,
    ):
        connection.execute(INSERT, ("a",))


def test_a_change_that_fails_is_taken_back_whole() -> None:
    database = temporary_database()
    with pytest.raises(SlmError, match="no"), database.change() as connection:
        connection.execute(INSERT, ("a",))
        raise SlmError("no")
    assert database.read("SELECT * FROM used") == []
