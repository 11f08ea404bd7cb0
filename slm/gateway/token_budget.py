"""``tokens_per_day``: what a plan's keys may use of the model, checked by the gateway itself.

API Gateway's usage plans count requests only. Here a request is let in while its key has tokens
left, and what it used is added at its end. So a key can overrun its limit by the requests that it
has in work at that moment: each of them was let in before the others were counted.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slm.errors import QuotaExceeded, SlmError, facts_of
from slm.gateway.request_log import RequestRecord, record_of
from slm.gateway.responses import error_response
from slm.routes import GENERATING

_LOGGER: Final = logging.getLogger(__name__)

_GENERATING: Final = frozenset((route.method, route.path) for route in GENERATING)


@dataclass(frozen=True)
class Account:
    """How a key stands.

    Attributes:
        plan: Its usage plan.
        used: Tokens that it used on the day.
    """

    plan: str
    used: int


class TokenLedger(Protocol):
    """Where tokens are counted, for all who serve the API at once.

    Both methods raise SlmError if it cannot be asked.
    """

    async def account(self, key_id: str, day: str) -> Account:
        """How a key stands on a day."""

    async def add(self, key_id: str, day: str, tokens: int) -> None:
        """Count what a request used."""


def today() -> str:
    """The day in UTC, as ledgers name it."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def tokens_period(day: str) -> str:
    """Name of the period in which ledgers count a day's tokens.

    Args:
        day: ISO 8601, in UTC.
    """
    return f"tokens {day}"


class TokenBudget:
    """ASGI middleware within ``RequestLog``: refuses a key that has no tokens left.

    If the ledger cannot be asked the request goes on, and the log says so: a limit on tokens must
    not be what takes the API down.

    Args:
        app: What answers.
        limits: Usage plan -> tokens a day.
        ledger: Where tokens are counted.
        day: Gives the day.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Mapping[str, int],
        ledger: TokenLedger,
        day: Callable[[], str] = today,
    ) -> None:
        self._app = app
        self._limits = limits
        self._ledger = ledger
        self._day = day

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) not in _GENERATING:
            await self._app(scope, receive, send)
            return
        record = record_of(scope)
        try:
            await self._check(record.key_id)
        except QuotaExceeded as error:
            record.error = facts_of(error).code
            await error_response(error)(scope, receive, send)
            return
        booked = False

        async def booking_first(message: Message) -> None:
            nonlocal booked
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                # Before the end is sent: Lambda stops the function when the answer is complete.
                booked = True
                await self._book(record)
            await send(message)

        try:
            await self._app(scope, receive, booking_first)
        finally:
            if not booked:
                await self._book(record)

    async def _check(self, key_id: str) -> None:
        """Refuse a key that has none left.

        Raises:
            QuotaExceeded: It has used its plan's tokens.
        """
        try:
            account = await self._ledger.account(key_id, self._day())
        except SlmError as error:
            _LOGGER.error("The tokens of key %s cannot be checked: %s", key_id, error.message)
            return
        limit = self._limits.get(account.plan)
        if limit is not None and account.used >= limit:
            raise QuotaExceeded(
                f"This API key has used {account.used} tokens today; its plan {account.plan} has "
                f"{limit} a day. They are back at midnight UTC."
            )

    async def _book(self, record: RequestRecord) -> None:
        tokens = (record.prompt_tokens or 0) + (record.generated_tokens or 0)
        if not tokens:
            return
        try:
            await self._ledger.add(record.key_id, self._day(), tokens)
        except SlmError as error:
            _LOGGER.error(
                "%d tokens of key %s are not counted: %s", tokens, record.key_id, error.message
            )
