"""Days and hours, and what the scheduler is told of them."""

import pytest

from slm.schedule import RunningHours


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
