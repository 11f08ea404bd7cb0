"""When an endpoint runs by the clock: ``Mon-Fri 08:00-18:00`` and what follows from it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

HOURS_PER_WEEK: Final = 7 * 24

_MINUTE: Final = timedelta(minutes=1)
_MINUTES_PER_DAY: Final = 24 * 60
_FORM: Final = re.compile(r"(?P<days>[A-Za-z,-]+) (?P<start>\d\d:\d\d)-(?P<stop>\d\d:\d\d)")
_EXAMPLE: Final = '"Mon-Fri 08:00-18:00", "Mon,Wed 09:00-17:30" or "Fri-Sun 22:00-06:00"'


@dataclass(frozen=True)
class RunningHours:
    """The hours in which an endpoint runs, each week.

    Attributes:
        days: Days on which it starts, as indexes of ``DAYS``, ascending.
        start_minute: Minute of the day at which it starts.
        stop_minute: Minute of the day at which it stops; before ``start_minute`` it is one of
            the next day.
    """

    days: tuple[int, ...]
    start_minute: int
    stop_minute: int

    @classmethod
    def parse(cls, text: str) -> "RunningHours":
        """Read days and hours.

        Raises:
            ValueError: It is no such text; the message shows one.
        """
        found = _FORM.fullmatch(text)
        if not found:
            raise ValueError(f"must have the form {_EXAMPLE}")
        start, stop = _minute(found["start"]), _minute(found["stop"])
        if start == stop:
            raise ValueError("start and stop must differ; leave it empty to run all the time")
        return cls(_days(found["days"]), start, stop)

    @property
    def hours_per_week(self) -> float:
        """Hours of running, of the 168 that a week has."""
        return len(self.days) * ((self.stop_minute - self.start_minute) % _MINUTES_PER_DAY) / 60

    @property
    def start_cron(self) -> str:
        """When it starts, as EventBridge Scheduler takes it."""
        return _cron(self.start_minute, self.days)

    @property
    def stop_cron(self) -> str:
        """When it stops."""
        overnight = self.stop_minute < self.start_minute
        days = sorted((day + overnight) % len(DAYS) for day in self.days)
        return _cron(self.stop_minute, tuple(days))

    def runs_at(self, weekday: int, minute: int) -> bool:
        """Whether it runs at a minute of a day.

        Args:
            weekday: Index of ``DAYS``, as ``datetime.weekday`` gives it.
            minute: Minute of that day.
        """
        if self.start_minute < self.stop_minute:
            return weekday in self.days and self.start_minute <= minute < self.stop_minute
        yesterday = (weekday - 1) % len(DAYS)
        return (weekday in self.days and minute >= self.start_minute) or (
            yesterday in self.days and minute < self.stop_minute
        )


def hours_of_week_utc(hours: RunningHours, time_zone: str) -> frozenset[int]:
    """Hours of the week in UTC, 0 for Monday 00:00, in which it runs for a minute or more.

    Where clocks change, both the winter's and the summer's hours count.

    Args:
        hours: Hours by the clock of the zone.
        time_zone: IANA name of the zone.
    """
    zone = ZoneInfo(time_zone)
    shifts = {
        (datetime(2026, month, 15, tzinfo=zone).utcoffset() or timedelta()) // _MINUTE
        for month in range(1, 13)
    }
    week = HOURS_PER_WEEK * 60
    return frozenset(
        (local - shift) % week // 60
        for shift in shifts
        for local in range(week)
        if hours.runs_at(local // _MINUTES_PER_DAY, local % _MINUTES_PER_DAY)
    )


def _minute(text: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    if hour > 23 or minute > 59:
        raise ValueError(f"{text} is no time of day; 00:00 to 23:59 are")
    return hour * 60 + minute


def _days(text: str) -> tuple[int, ...]:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin = _day(first)
        length = (_day(last) - begin) % len(DAYS) + 1 if dash else 1
        days.update((begin + step) % len(DAYS) for step in range(length))
    return tuple(sorted(days))


def _day(name: str) -> int:
    if name.capitalize() not in DAYS:
        raise ValueError(f"{name!r} is no day; they are {', '.join(DAYS)}")
    return DAYS.index(name.capitalize())


def _cron(minute: int, days: tuple[int, ...]) -> str:
    names = ",".join(DAYS[day].upper() for day in days)
    return f"cron({minute % 60} {minute // 60} ? * {names} *)"
