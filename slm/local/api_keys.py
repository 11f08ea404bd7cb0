"""API keys and their usage plan, as far as API Gateway's data plane needs them."""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from slm.limits import MAX_API_KEY_CHARS, MIN_API_KEY_CHARS
from slm.local.throttle import ThrottleLimit
from slm.settings import Settings


@dataclass(frozen=True)
class UsagePlan:
    """What each key of the plan may use.

    Attributes:
        name: The plan's name.
        throttle: Rate and burst of each key, over all methods together.
        quota: Requests of each key per day (UTC).
    """

    name: str
    throttle: ThrottleLimit
    quota: int

    @classmethod
    def from_settings(cls, settings: Settings) -> "UsagePlan":
        """The one plan that the stack creates."""
        throttle = ThrottleLimit(rate=settings.rate_limit, burst=settings.burst_limit)
        return cls("default", throttle, settings.quota)


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
    """The keys of one usage plan, in memory; of each value only a hash is held.

    A plain hash is enough for a random value of 128 bits or more: there is nothing to guess.
    """

    def __init__(self, plan: UsagePlan) -> None:
        self.plan = plan
        self._records: dict[bytes, KeyRecord] = {}

    def add(self, value: str, *, name: str) -> KeyRecord:
        """Put a key into the plan.

        Args:
            value: The key itself, random.
            name: What it is for.

        Raises:
            ValueError: API Gateway would not take the value: wrong length, or there already.
        """
        if not MIN_API_KEY_CHARS <= len(value) <= MAX_API_KEY_CHARS:
            raise ValueError(
                f"An API key has {MIN_API_KEY_CHARS} to {MAX_API_KEY_CHARS} characters, "
                f"not {len(value)}."
            )
        if self.lookup(value) is not None:
            raise ValueError("There is such an API key already.")
        record = KeyRecord(secrets.token_hex(5), name, self.plan)
        self._records[_digest(value)] = record
        return record

    def lookup(self, value: str) -> KeyRecord | None:
        """The record of a key; None where there is no such key.

        Takes the same time whichever key matches, and how much of it.
        """
        digest = _digest(value)
        found = None
        for stored, record in self._records.items():
            if hmac.compare_digest(stored, digest):
                found = record
        return found


def new_key_value() -> str:
    """A random value for a key: 240 bits in 40 characters, the length of API Gateway's own."""
    return secrets.token_urlsafe(30)


def _digest(value: str) -> bytes:
    return sha256(value.encode()).digest()
