"""Periods, and what is counted in them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slm.gateway.token_budget import tokens_period
from slm.local.quotas import Quotas, period_of
from tests.unit.databases import temporary_database


@pytest.mark.parametrize(
    ("period", "moment", "name"),
    [
        ("day", datetime(2026, 3, 14, 23, 59, tzinfo=UTC), "day 2026-03-14"),
        ("month", datetime(2026, 3, 31, 23, 59, tzinfo=UTC), "month 2026-03"),
        ("week", datetime(2026, 3, 14, 23, 59, tzinfo=UTC), "week 2026-03-08"),
        ("week", datetime(2026, 3, 15, 0, 0, tzinfo=UTC), "week 2026-03-15"),
    ],
)
def test_where_a_period_begins(period: str, moment: datetime, name: str) -> None:
    assert period_of("batch", period, moment) == f"batch: {name}"


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["day", "week", "month"]))
def test_a_period_never_comes_back(moment: datetime, period: str) -> None:
    if moment.year < 9990:
        later = moment + timedelta(days=32)
        assert period_of("batch", period, later) != period_of("batch", period, moment)


def test_each_key_is_counted_for_itself_and_anew_in_each_period() -> None:
    quotas = Quotas(temporary_database())
    assert [quotas.admits("a", "day 1", 2) for _ in range(3)] == [True, True, False]
    assert quotas.admits("b", "day 1", 2)
    assert quotas.admits("a", "day 2", 2)
    assert (quotas.used("a", "day 1"), quotas.used("nobody", "day 1")) == (2, 0)


def test_without_a_database_requests_go_on_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = temporary_database()
    database.read("PRAGMA query_only = 1")
    assert Quotas(database).admits("a", "day 1", 2)
    assert "A request of key a is not counted: " in caplog.text


def test_tokens_are_counted_apart_from_requests() -> None:
    quotas = Quotas(temporary_database())
    quotas.add("a", tokens_period("2026-03-14"), 30)
    quotas.add("a", tokens_period("2026-03-14"), 12)
    assert quotas.used("a", tokens_period("2026-03-14")) == 42
    assert quotas.used("a", tokens_period("2026-03-15")) == 0
    assert quotas.used("a", period_of("batch", "day", datetime(2026, 3, 14, tzinfo=UTC))) == 0
