"""Tokens of each key in the twin's database."""

from slm.gateway.token_budget import Account, tokens_period
from slm.local.database import Database
from slm.local.quotas import Quotas
from slm.settings import DEFAULT_PLAN


class LocalLedger:
    """See ``TokenLedger``.

    Args:
        database: The twin's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._quotas = Quotas(database)

    async def account(self, key_id: str, day: str) -> Account:
        """See ``TokenLedger``."""
        rows = self._database.read("SELECT plan FROM keys WHERE key_id = ?", (key_id,))
        plan = rows[0][0] if rows else DEFAULT_PLAN
        return Account(plan, self._quotas.used(key_id, tokens_period(day)))

    async def add(self, key_id: str, day: str, tokens: int) -> None:
        """See ``TokenLedger``."""
        self._quotas.add(key_id, tokens_period(day), tokens)
