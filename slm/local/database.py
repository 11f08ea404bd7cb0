"""The twin's SQLite file: keys, what they used, and each request.

Several processes write it: the twin, and every ``slm keys``. With the write-ahead log readers
and a writer do not wait for each other, and what a killed process had not committed is as if it
had never been.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from slm.errors import SlmError

_BUSY_S: Final = 10.0
_VERSION: Final = 1

_DAMAGED: Final = (
    "Stop the twin and remove the file: keys made by 'slm keys', and what was used, are lost then."
)
_NO_ROOM: Final = "Is the disk full? Make room on it; what the file holds is not lost."
_NOT_OURS: Final = "Is the file yours, and its folder? What it holds is not lost."

_ADVICE: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_BUSY: (
        f"Another process has held it for {_BUSY_S:g} s: end that one. What it holds is not lost."
    ),
    sqlite3.SQLITE_FULL: _NO_ROOM,
    sqlite3.SQLITE_IOERR: _NO_ROOM,
    sqlite3.SQLITE_CANTOPEN: _NOT_OURS,
    sqlite3.SQLITE_PERM: _NOT_OURS,
    sqlite3.SQLITE_READONLY: _NOT_OURS,
}
"""SQLite's primary result code -> what to do; after any other the file is damaged."""

_PRIMARY: Final = 0xFF
"""The bits of an extended result code that are the primary one (sqlite.org/rescode.html)."""

_SCHEMA: Final = """
CREATE TABLE keys (
    key_id  TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    plan    TEXT NOT NULL,
    digest  BLOB NOT NULL UNIQUE,
    created REAL NOT NULL,
    ends    REAL
) STRICT;
CREATE TABLE used (
    key_id TEXT NOT NULL,
    period TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (key_id, period)
) STRICT, WITHOUT ROWID;
CREATE TABLE requests (
    time             REAL NOT NULL,
    key_id           TEXT NOT NULL,
    model            TEXT NOT NULL,
    status           INTEGER NOT NULL,
    stream           INTEGER NOT NULL,
    partial          INTEGER NOT NULL,
    prompt_tokens    INTEGER NOT NULL,
    generated_tokens INTEGER NOT NULL,
    first_token_ms   INTEGER,
    duration_ms      INTEGER NOT NULL
) STRICT;
CREATE INDEX requests_by_time ON requests (time);
"""


class DatabaseUnavailable(SlmError):
    """The file cannot be read or written; the message says why, and what to do."""


class Database:
    """A connection. Its methods may be called from one thread at a time, and raise
    DatabaseUnavailable.

    Args:
        file: The file; made if it is missing, for its owner alone.

    Attributes:
        file: As given.

    Raises:
        DatabaseUnavailable: It cannot be opened.
        SlmError: Another version of this program made it.
    """

    def __init__(self, file: Path) -> None:
        self.file: Final = file
        try:
            # Before SQLite makes it, which would make it readable for all.
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise DatabaseUnavailable(
                f"{file} cannot be used: {error.strerror}. {_NOT_OURS}"
            ) from None
        with self._explained():
            self._connection = sqlite3.connect(
                file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
        try:
            with self._explained():
                self._connection.execute("PRAGMA journal_mode = WAL")
                # With the write-ahead log this loses nothing when a process is killed.
                self._connection.execute("PRAGMA synchronous = NORMAL")
            self._prepare()
        except SlmError:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        if self._version() == _VERSION:  # whoever only reads waits for no writer
            return
        with self.change() as connection:
            version = self._version()
            if version == 0:
                for statement in filter(None, map(str.strip, _SCHEMA.split(";"))):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise SlmError(
                    f"{self.file} is of another version of slm ({version}). Remove it to begin "
                    "anew: keys made by 'slm keys' are lost then."
                )

    def _version(self) -> int:
        [[version]] = self.read("PRAGMA user_version")
        return int(version)

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A change that is made whole or not at all."""
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # After some failures SQLite has taken the change back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def read(self, question: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows that answer a question, in the types of the table."""
        with self._explained():
            return self._connection.execute(question, values).fetchall()

    def changes(self) -> int:
        """A number that differs when another connection has changed something."""
        [[version]] = self.read("PRAGMA data_version")
        return int(version)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """What SQLite refuses, in words."""
        try:
            yield
        except sqlite3.Error as error:
            advice = _ADVICE.get(error.sqlite_errorcode & _PRIMARY, _DAMAGED)
            raise DatabaseUnavailable(f"{self.file} cannot be used: {error}. {advice}") from None

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
