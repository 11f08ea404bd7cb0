"""Token buckets and daily quotas, as API Gateway's usage plans and stage settings count.

AWS calls both best effort: targets that a client can overrun a little. Here they are exact.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """Where limits get the time from."""

    def monotonic(self) -> float:
        """Seconds since any fixed point; never goes back."""

    def now(self) -> datetime:
        """Date and time in UTC."""


class SystemClock:
    """The machine's own clock."""

    def monotonic(self) -> float:
        """See ``Clock``."""
        return time.monotonic()

    def now(self) -> datetime:
        """See ``Clock``."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class ThrottleLimit:
    """A throttle setting in API Gateway's words.

    Attributes:
        rate: Requests per second that refill the bucket.
        burst: Requests that a full bucket holds.
    """

    rate: float
    burst: int


class TokenBucket:
    """A bucket that starts full; each request takes a token, and time brings tokens back."""

    def __init__(self, limit: ThrottleLimit, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._tokens = float(limit.burst)
        self._refilled_at = clock.monotonic()

    def take(self) -> bool:
        """Take a token if there is one."""
        now = self._clock.monotonic()
        refill = (now - self._refilled_at) * self._limit.rate
        self._tokens = min(self._limit.burst, self._tokens + refill)
        self._refilled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Throttle:
    """A bucket for each name: a key's id, or a method that needs no key.

    Names must come from a finite set, never from a client: a bucket stays for good.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, TokenBucket] = {}

    def admits(self, name: str, limit: ThrottleLimit) -> bool:
        """Whether one more request under this name is within the limit; counts it if so."""
        if name not in self._buckets:
            self._buckets[name] = TokenBucket(limit, self._clock)
        return self._buckets[name].take()


class DailyQuota:
    """Requests of each key since midnight UTC, where a quota's period of a day begins.

    Only permitted requests count: a quota is the "number of permitted requests per a given
    unit time interval" (AWS::ApiGateway::UsagePlan), so a throttled one costs nothing.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._day: date | None = None
        self._used: dict[str, int] = {}

    def admits(self, key_id: str, limit: int) -> bool:
        """Whether one more request of this key is within its quota; counts it if so."""
        today = self._clock.now().date()
        if today != self._day:
            self._day = today
            self._used.clear()
        used = self._used.get(key_id, 0)
        if used >= limit:
            return False
        self._used[key_id] = used + 1
        return True
