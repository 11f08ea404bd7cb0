"""API keys and their usage plans, as far as API Gateway's data plane needs them."""

import hmac
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from slm.keys.local import digest_of
from slm.local.database import Database, DatabaseUnavailable
from slm.local.throttle import ThrottleLimit
from slm.settings import PlanSettings

_LOGGER: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class UsagePlan:
    """What each key of the plan may use.

    Attributes:
        name: The plan's name.
        throttle: Rate and burst of each key, over all methods together.
        quota: Requests of each key per period.
        quota_period: day, week or month.
        tokens_per_day: Tokens of each key per day; 0 for no limit.
    """

    name: str
    throttle: ThrottleLimit
    quota: int
    quota_period: str
    tokens_per_day: int

    @classmethod
    def from_settings(cls, name: str, plan: PlanSettings) -> "UsagePlan":
        """A plan of the settings."""
        throttle = ThrottleLimit(rate=plan.rate_limit, burst=plan.burst_limit)
        return cls(name, throttle, plan.quota, plan.quota_period, plan.tokens_per_day)


@dataclass(frozen=True)
class KeyRecord:
    """What is known of a key besides its value.

    Attributes:
        key_id: Public id, as it stands in logs.
        name: What it is for.
        plan: The plan it belongs to.
    """

    key_id: str
    name: str
    plan: UsagePlan


class ApiKeys:
    """The keys that work, as the database has them at each request.

    A change through another connection, of this process or another, holds from the next request on.
    While the database cannot be read, the keys are those that it had before.

    Args:
        database: The twin's.
        plans: The usage plans of the settings; a key of any other is refused.
        now: The time, seconds since the epoch.
    """

    def __init__(
        self,
        database: Database,
        plans: Mapping[str, PlanSettings],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._now = now
        self.plans = {name: UsagePlan.from_settings(name, plan) for name, plan in plans.items()}
        self._read_at: int | None = None
        self._records: list[tuple[bytes, float | None, KeyRecord]] = []

    def lookup(self, value: str) -> KeyRecord | None:
        """The record of a key; None where there is no such key, or it has ended.

        Takes the same time whichever key matches, and how much of it.
        """
        self._refresh()
        digest = digest_of(value)
        now = self._now()
        found = None
        for stored, ends, record in self._records:
            same = hmac.compare_digest(stored, digest)
            if same and (ends is None or ends > now):
                found = record
        return found

    def _refresh(self) -> None:
        try:
            changes = self._database.changes()
            if changes == self._read_at:
                return
            rows = self._database.read("SELECT key_id, name, plan, digest, ends FROM keys")
        except DatabaseUnavailable as error:
            _LOGGER.error("The API keys cannot be read anew: %s", error.message)
            return
        self._read_at = changes
        self._records = [
            (digest, ends, KeyRecord(key_id, name, self.plans[plan]))
            for key_id, name, plan, digest, ends in rows
            if plan in self.plans
        ]
