"""Quotas of a day, a week or a month, and where their periods begin.

A week begins on Sunday, a month on its first day, all at midnight UTC (API Gateway's console and
``QuotaSettings.offset`` count from there; offset is 0 here).
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from slm.local.database import Database, DatabaseUnavailable

_LOGGER: Final = logging.getLogger(__name__)


def period_of(plan: str, quota_period: str, now: datetime) -> str:
    """Name of a plan's running period.

    Requests of two periods are counted apart, and those of two plans: API Gateway too counts by
    plan and key (API_GetUsage), so a key that is moved begins anew.
    """
    if quota_period == "month":
        return f"{plan}: month {now:%Y-%m}"
    if quota_period == "week":
        sunday = now - timedelta(days=(now.weekday() + 1) % 7)
        return f"{plan}: week {sunday:%Y-%m-%d}"
    return f"{plan}: day {now:%Y-%m-%d}"


class Quotas:
    """What each key used, in the twin's database: it outlives the twin.

    Only permitted requests count: a quota is the "number of permitted requests per a given
    unit time interval" (AWS::ApiGateway::UsagePlan), so a throttled one costs nothing.

    Args:
        database: The twin's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def admits(self, key_id: str, period: str, limit: int) -> bool:
        """Whether one more request is within the limit; counts it if so.

        If the database cannot be used the request goes on, and the log says so: a full disk must
        not be what takes the API down.
        """
        try:
            with self._database.change() as connection:
                changed = connection.execute(
                    "INSERT INTO used (key_id, period, amount) VALUES (?, ?, 1) "
                    "ON CONFLICT DO UPDATE SET amount = amount + 1 WHERE amount < ?",
                    (key_id, period, limit),
                ).rowcount
        except DatabaseUnavailable as error:
            _LOGGER.error("A request of key %s is not counted: %s", key_id, error.message)
            return True
        return changed > 0

    def add(self, key_id: str, period: str, amount: int) -> None:
        """Count more of something."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO used (key_id, period, amount) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
                (key_id, period, amount),
            )

    def used(self, key_id: str, period: str) -> int:
        """How much was counted."""
        rows = self._database.read(
            "SELECT amount FROM used WHERE key_id = ? AND period = ?", (key_id, period)
        )
        return int(rows[0][0]) if rows else 0
