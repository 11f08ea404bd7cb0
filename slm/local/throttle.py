"""Token buckets, as API Gateway's usage plans and stage settings count.

AWS calls both best effort: targets that a client can overrun a little. Here they are exact.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
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
