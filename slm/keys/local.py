"""The keys of the twin in this folder."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from sqlite3 import Connection
from typing import Any, Final

from slm.commands import Commands
from slm.gateway.token_budget import tokens_period
from slm.keys.store import (
    ApiKey,
    KeyLimits,
    KeyRefused,
    NewKey,
    check_expires,
    check_name,
    check_plan_of,
    exists_already,
    named,
    named_or_of_id,
    new_key_value,
    no_such_plan,
)
from slm.limits import MAX_API_KEY_CHARS, MIN_API_KEY_CHARS
from slm.local.database import Database
from slm.local.quotas import Quotas, period_of
from slm.settings import PlanSettings

_COLUMNS: Final = "key_id, name, plan, created, ends"

_AT_ONCE: Final = 0.0
"""End of a key that is revoked: long ago, so that it stays so when somebody sets the clock back."""


class LocalKeys:
    """Keys in the twin's database; of each value only a hash is held.

    A plain hash is enough for a random value of 128 bits or more: there is nothing to guess.

    Args:
        database: The twin's.
        plans: The usage plans that the twin enforces, or will.
        now: The time, seconds since the epoch.
    """

    def __init__(
        self,
        database: Database,
        plans: Mapping[str, PlanSettings],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._quotas = Quotas(database)
        self._plans = plans
        self._now = now
        self.commands = Commands()

    def create(self, name: str, plan: str, expires: timedelta | None) -> NewKey:
        """See ``KeyStore``."""
        check_name(name)
        check_expires(expires)
        self._check_plan(plan)
        ends = None if expires is None else self._now() + expires.total_seconds()
        with self._database.change() as connection:
            if any(key.name == name for key in self.all()):
                raise exists_already(name, self.commands)
            return self._insert(connection, name, plan, new_key_value(), ends)

    def adopt(self, value: str, *, name: str, plan: str) -> ApiKey:
        """Take in a key whose value is given, unless it is there.

        Raises:
            KeyRefused: API Gateway would not take the value: too short or too long.
        """
        if not MIN_API_KEY_CHARS <= len(value) <= MAX_API_KEY_CHARS:
            raise KeyRefused(
                f"An API key has {MIN_API_KEY_CHARS} to {MAX_API_KEY_CHARS} characters, "
                f"not {len(value)}."
            )
        with self._database.change() as connection:
            rows = self._database.read(
                f"SELECT {_COLUMNS} FROM keys WHERE digest = ?",  # noqa: S608 (our own words)
                (digest_of(value),),
            )
            if rows:
                return self._key(rows[0])
            return self._insert(connection, name, plan, value, None).key

    def id_of(self, value: str) -> str | None:
        """Id of the key of that value, ended or not; None if there was never one."""
        rows = self._database.read("SELECT key_id FROM keys WHERE digest = ?", (digest_of(value),))
        return rows[0][0] if rows else None

    def all(self) -> list[ApiKey]:
        """See ``KeyStore``."""
        rows = self._database.read(
            f"SELECT {_COLUMNS} FROM keys WHERE ends IS NULL OR ends > ? "  # noqa: S608
            # As they were made, whatever the clock was set to between.
            "ORDER BY rowid",
            (self._now(),),
        )
        return [self._key(row) for row in rows]

    def names(self) -> dict[str, str]:
        """Key id -> name of all keys that there ever were."""
        rows = self._database.read("SELECT key_id, name FROM keys")
        return dict(rows)

    def rotate(self, name: str, overlap: timedelta, expires: timedelta | None = None) -> NewKey:
        """See ``KeyStore``."""
        check_expires(expires)
        with self._database.change() as connection:
            old = named(self.all(), name, self.commands)
            check_plan_of(old[-1], self.commands)
            inherited = old[-1].ends.timestamp() if old[-1].ends else None
            new_ends = inherited if expires is None else self._now() + expires.total_seconds()
            new = self._insert(connection, name, old[-1].plan, new_key_value(), new_ends)
            until = new.key.created + overlap
            ends = until.timestamp() if overlap else _AT_ONCE
            for key in old:
                connection.execute(
                    "UPDATE keys SET ends = min(?, ifnull(ends, ?)) WHERE key_id = ?",
                    (ends, ends, key.key_id),
                )
            replaces = (replace(key, ends=min(key.ends or until, until)) for key in old)
            return replace(new, replaces=tuple(replaces))

    def revoke(self, name: str) -> list[ApiKey]:
        """See ``KeyStore``."""
        with self._database.change() as connection:
            ended = named_or_of_id(self.all(), name, self.commands)
            for key in ended:
                connection.execute(
                    "UPDATE keys SET ends = ? WHERE key_id = ?", (_AT_ONCE, key.key_id)
                )
            return ended

    def move(self, name: str, plan: str) -> ApiKey:
        """See ``KeyStore``."""
        self._check_plan(plan)
        with self._database.change() as connection:
            for key in named(self.all(), name, self.commands):
                connection.execute("UPDATE keys SET plan = ? WHERE key_id = ?", (plan, key.key_id))
        return named(self.all(), name, self.commands)[-1]

    def limits(self, name: str) -> list[KeyLimits]:
        """See ``KeyStore``."""
        return [self._limits(key) for key in named(self.all(), name, self.commands)]

    def _limits(self, key: ApiKey) -> KeyLimits:
        check_plan_of(key, self.commands)
        plan = self._plans[key.plan]
        now = _moment(self._now())
        requests = self._quotas.used(key.key_id, period_of(key.plan, plan.quota_period, now))
        tokens = self._quotas.used(key.key_id, tokens_period(f"{now:%Y-%m-%d}"))
        return KeyLimits(
            key,
            plan,
            requests_left=max(plan.quota - requests, 0),
            tokens_left=max(plan.tokens_per_day - tokens, 0) if plan.tokens_per_day else None,
        )

    def _insert(
        self, connection: Connection, name: str, plan: str, value: str, ends: float | None
    ) -> NewKey:
        key_id = secrets.token_hex(5)
        created = self._now()
        with_end = None if ends is None else _moment(ends)
        connection.execute(
            "INSERT INTO keys (key_id, name, plan, digest, created, ends) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (key_id, name, plan, digest_of(value), created, ends),
        )
        return NewKey(ApiKey(key_id, name, plan, _moment(created), with_end, works=True), value)

    def _check_plan(self, plan: str) -> None:
        if plan not in self._plans:
            raise no_such_plan(plan, list(self._plans))

    def _key(self, row: tuple[Any, ...]) -> ApiKey:
        key_id, name, plan, created, ends = row
        with_end = None if ends is None else _moment(ends)
        works = plan in self._plans
        return ApiKey(key_id, name, plan, _moment(created), with_end, works=works)


def digest_of(value: str) -> bytes:
    """What is held of a key's value."""
    return sha256(value.encode()).digest()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
