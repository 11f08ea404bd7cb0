"""Days and hours, and what the scheduler is told of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slm.schedule import DAYS, RunningHours, hours_of_week_utc


@pytest.mark.parametrize(
    ("text", "start", "stop", "hours"),
    [
        (
            "Mon-Fri 08:00-18:00",
            "cron(0 8 ? * MON,TUE,WED,THU,FRI *)",
            "cron(0 18 ? * MON,TUE,WED,THU,FRI *)",
            50,
        ),
        ("mon,wed 09:15-17:30", "cron(15 9 ? * MON,WED *)", "cron(30 17 ? * MON,WED *)", 16.5),
        ("Fri-Mon 10:00-11:00", "cron(0 10 ? * MON,FRI,SAT,SUN *)", None, 4),
        ("Sun 22:00-06:00", "cron(0 22 ? * SUN *)", "cron(0 6 ? * MON *)", 8),
    ],
)
def test_hours_by_the_clock(text: str, start: str, stop: str | None, hours: float) -> None:
    parsed = RunningHours.parse(text)
    assert parsed.start_cron == start
    assert stop is None or parsed.stop_cron == stop
    assert parsed.hours_per_week == hours


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("always", "must have the form"),
        ("Mon 8:00-18:00", "must have the form"),
        ("Mon 08:00-24:00", "24:00 is no time of day"),
        ("Mon 08:60-09:00", "08:60 is no time of day"),
        ("Mon 08:00-08:00", "must differ"),
        ("Mo-Fr 08:00-18:00", "'Mo' is no day"),
        ("Mon, 08:00-18:00", "'' is no day"),
    ],
)
def test_what_is_no_such_text(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RunningHours.parse(text)


@pytest.mark.parametrize(
    ("text", "weekday", "minute", "runs"),
    [
        ("Mon-Fri 08:00-18:00", 0, 8 * 60, True),
        ("Mon-Fri 08:00-18:00", 0, 18 * 60, False),
        ("Mon-Fri 08:00-18:00", 5, 9 * 60, False),
        ("Sun 22:00-06:00", 6, 23 * 60, True),
        ("Sun 22:00-06:00", 0, 5 * 60, True),
        ("Sun 22:00-06:00", 6, 5 * 60, False),
    ],
)
def test_whether_it_runs_now(text: str, weekday: int, minute: int, runs: bool) -> None:
    assert RunningHours.parse(text).runs_at(weekday, minute) is runs


minutes = st.integers(0, 24 * 60 - 1)


@given(
    days=st.sets(st.integers(0, len(DAYS) - 1), min_size=1),
    span=st.tuples(minutes, minutes).filter(lambda span: span[0] != span[1]),
)
def test_the_hours_are_those_in_which_it_runs(days: set[int], span: tuple[int, int]) -> None:
    hours = RunningHours(tuple(sorted(days)), *span)
    running = sum(hours.runs_at(day, minute) for day in range(7) for minute in range(24 * 60))
    assert running == round(hours.hours_per_week * 60)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("Mon 08:00-10:00", "UTC", {8, 9}),
        ("Mon 08:30-10:00", "UTC", {8, 9}),
        ("Mon 08:00-10:00", "Europe/London", {7, 8, 9}),  # 7 and 8 in summer
        ("Mon 00:00-01:00", "Asia/Tokyo", {159}),  # Sunday 15:00
        ("Mon 08:00-09:00", "Asia/Kolkata", {2, 3}),  # 02:30 to 03:30
    ],
)
def test_hours_of_the_week_in_utc(text: str, zone: str, expected: set[int]) -> None:
    assert hours_of_week_utc(RunningHours.parse(text), zone) == expected
