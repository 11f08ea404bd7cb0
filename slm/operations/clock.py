"""When the clock will start or stop an endpoint, as the deployed schedules say."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from slm.aws import Aws, NotFound, explained
from slm.schedule import DAYS
from slm.stack_names import schedule_group_name
from slm.stack_parameters import ENDPOINT_RUNNING, RUNNING

_WEEKLY: Final = re.compile(r"cron\((?P<minute>\d+) (?P<hour>\d+) \? \* (?P<days>[A-Z,]+) \*\)")
"""What ``RunningHours`` writes."""


@dataclass(frozen=True)
class Change:
    """A start or a stop to come.

    Attributes:
        at: When, in the schedule's time zone.
        running: Whether it is a start.
    """

    at: datetime
    running: bool


def changes_to_come(aws: Aws, stack: str, now: datetime) -> tuple[Change, ...]:
    """The next start and the next stop by the clock, the sooner first; empty without a schedule.

    Args:
        aws: The account and region.
        stack: Name of the stack.
        now: The time, with its zone.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    group = schedule_group_name(stack)
    try:
        with explained(f"schedules of stack {stack}"):
            pages = aws.scheduler.get_paginator("list_schedules").paginate(GroupName=group)
            names = [schedule["Name"] for page in pages for schedule in page["Schedules"]]
            found = [c for name in names for c in _changes(aws, group, name, now)]
    except NotFound:
        return ()
    return tuple(sorted(found, key=lambda change: change.at))


def _changes(aws: Aws, group: str, name: str, now: datetime) -> Iterator[Change]:
    """At most one: a schedule may be for something else."""
    schedule = aws.scheduler.get_schedule(GroupName=group, Name=name)
    running = _sets_running(schedule.get("Target", {}).get("Input", ""))
    zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone", "UTC"))
    at = next_time(schedule["ScheduleExpression"], now.astimezone(zone))
    if running is not None and at is not None and schedule.get("State") != "DISABLED":
        yield Change(at, running)


def _sets_running(request: str) -> bool | None:
    """What an update of the stack sets the endpoint to; None if the request is no such update."""
    try:
        parameters = json.loads(request)["Parameters"]
        values = {p["ParameterKey"]: p.get("ParameterValue") for p in parameters}
        return bool(values[ENDPOINT_RUNNING] == RUNNING)
    except (ValueError, KeyError, TypeError):
        return None


def next_time(expression: str, now: datetime) -> datetime | None:
    """When a weekly schedule is next due; None for a schedule of another kind.

    Args:
        expression: As EventBridge Scheduler has it.
        now: The time, in the schedule's time zone.
    """
    found = _WEEKLY.fullmatch(expression)
    if not found:
        return None
    days = {DAYS.index(day.capitalize()) for day in found["days"].split(",")}
    today = now.replace(
        hour=int(found["hour"]), minute=int(found["minute"]), second=0, microsecond=0
    )
    for later in range(len(DAYS) + 1):
        at = today + timedelta(days=later)
        if at > now and at.weekday() in days:
            return at
    return None
