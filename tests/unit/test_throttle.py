from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from slm.local.throttle import SystemClock, Throttle, ThrottleLimit, TokenBucket
from tests.unit.fake_clock import FakeClock

RATES = st.floats(min_value=0.01, max_value=10_000)
BURSTS = st.integers(min_value=1, max_value=50)
PAUSES = st.lists(
    st.one_of(st.just(0.0), st.floats(min_value=0, max_value=5)), min_size=1, max_size=120
)


def granted_at(limit: ThrottleLimit, pauses: list[float]) -> list[float]:
    """Times of the requests that passed, one request after each pause."""
    clock = FakeClock()
    bucket = TokenBucket(limit, clock)
    times = []
    for pause in pauses:
        clock.advance(pause)
        if bucket.take():
            times.append(clock.monotonic())
    return times


@given(rate=RATES, burst=BURSTS, pauses=PAUSES)
def test_no_window_holds_more_than_burst_and_refill(
    rate: float, burst: int, pauses: list[float]
) -> None:
    times = granted_at(ThrottleLimit(rate, burst), pauses)
    for first, start in enumerate(times):
        for last in range(first, len(times)):
            assert last - first + 1 <= burst + rate * (times[last] - start) + 1e-6


@given(rate=RATES, burst=BURSTS, pauses=PAUSES)
def test_a_request_is_refused_only_when_the_bucket_is_empty(
    rate: float, burst: int, pauses: list[float]
) -> None:
    clock = FakeClock()
    bucket = TokenBucket(ThrottleLimit(rate, burst), clock)
    for pause in pauses:
        clock.advance(pause)
        while bucket.take():
            pass
        clock.advance(1.001 / rate)
        assert bucket.take()


@given(rate=RATES, burst=BURSTS, idle=st.floats(min_value=0, max_value=1e6))
def test_a_full_bucket_holds_exactly_the_burst(rate: float, burst: int, idle: float) -> None:
    clock = FakeClock()
    bucket = TokenBucket(ThrottleLimit(rate, burst), clock)
    clock.advance(idle)
    assert [bucket.take() for _ in range(burst + 1)] == [True] * burst + [False]


@given(burst=BURSTS, seconds=st.integers(min_value=1, max_value=30))
def test_an_empty_bucket_refills_at_its_rate(burst: int, seconds: int) -> None:
    clock = FakeClock()
    bucket = TokenBucket(ThrottleLimit(rate=4, burst=burst), clock)
    while bucket.take():
        pass
    clock.advance(seconds)
    passed = 0
    while bucket.take():
        passed += 1
    assert passed == min(burst, 4 * seconds)


def test_names_have_buckets_of_their_own() -> None:
    throttle = Throttle(FakeClock())
    limit = ThrottleLimit(rate=1, burst=2)
    assert [throttle.admits("a", limit) for _ in range(3)] == [True, True, False]
    assert throttle.admits("b", limit)


def test_the_system_clock_is_in_utc_and_does_not_go_back() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    assert clock.monotonic() <= clock.monotonic()
