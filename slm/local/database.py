"""The twin's SQLite file: keys, what they used, and each request.

Several processes write it: the twin, and every ``slm keys``. With the write-ahead log readers
and a writer do not wait for each other, and what a killed process had not committed is as if it
had never been.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from slm.errors import SlmError

_BUSY_S: Final = 10.0
_VERSION: Final = 1

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


class Database:
    """A connection. Its methods may be called from one thread at a time.

    Args:
        file: The file; made if it is missing, for its owner alone.

    Attributes:
        file: As given.

    Raises:
        SlmError: It cannot be opened, or another version of this program made it.
    """

    def __init__(self, file: Path) -> None:
        self.file: Final = file
        try:
            # Before SQLite makes it, which would make it readable for all.
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            self._connection = sqlite3.connect(
                file, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            # With the write-ahead log this loses nothing when a process is killed.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise SlmError(
                f"{file} cannot be used: {error}. Stop the twin and remove the file: keys made by "
                "'slm keys' are lost then."
            ) from None

    def _prepare(self) -> None:
        with self.change() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version == 0:
                for statement in filter(None, map(str.strip, _SCHEMA.split(";"))):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            elif version != _VERSION:
                raise SlmError(
                    f"{self.file} is of another version of slm ({version}). Remove it to begin "
                    "anew: keys made by 'slm keys' are lost then."
                )

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A change that is made whole or not at all."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def read(self, question: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """The rows that answer a question."""
        return self._connection.execute(question, values).fetchall()

    def changes(self) -> int:
        """A number that differs when another connection has changed something."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
