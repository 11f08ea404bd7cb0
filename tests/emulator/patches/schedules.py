"""EventBridge Scheduler: schedules in their time zone, and targets that are any AWS call."""

import json
import time
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from ministack.core.concurrency import spawn_background
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import eventbridge, scheduler
from ministack.services.cloudformation import provisioners

from tests.emulator import clock
from tests.emulator.universal_target import PREFIX, Delivery, deliver

_TICK_S: Final = 0.2

_LATE_S: Final = 60.0
"""A clock that jumped over days makes up for this much only: AWS's has no such jumps."""

_last_fired: Final[dict[tuple[Any, float], float]] = {}


def apply() -> None:
    """Keep all of a schedule, tick often, fire in its time zone, and call any service."""
    _keep_all_properties()
    scheduler._SCHEDULE_TICK_INTERVAL = _TICK_S
    scheduler._tick_schedules = _tick
    scheduler._now = clock.now


def _keep_all_properties() -> None:
    """``ScheduleExpressionTimezone``, ``StartDate`` and more; ministack drops them.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html
    """
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Scheduler::Schedule"]

    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        name = props.get("Name") or provisioners._physical_name(stack_name, logical_id, max_len=64)
        return _accepted(scheduler._create_schedule(name, props), name)

    def update(name: str, _old: Any, new: dict[str, Any], stack_name: str) -> Any:
        return _accepted(scheduler._update_schedule(name, new), name)

    handlers |= {"create": create, "update": update}


def _accepted(answer: tuple[int, Any, bytes], name: str) -> tuple[str, dict[str, str]]:
    status, _, body = answer
    if status >= 400:
        raise ValueError(f"AWS::Scheduler::Schedule: {json.loads(body)}")
    return name, {"Arn": json.loads(body)["ScheduleArn"]}


def _tick() -> None:
    """Fire what is due.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    now = clock.now()
    for key, schedule in list(scheduler._schedules._data.items()):
        # Another schedule may have had this name before.
        life = (key, created := schedule["CreationDate"])
        since = _last_fired.get(life, created)
        if schedule["ScheduleExpression"].startswith("cron("):
            since = max(since, now - _LATE_S)
        due = _next_time(schedule, since)
        if schedule["State"] != "ENABLED" or due is None or due > now:
            continue
        _last_fired[life] = now
        if due <= _epoch(schedule.get("EndDate"), due):
            _fire(key, schedule, due)
        one_off = schedule["ScheduleExpression"].startswith("at(")
        if one_off and schedule.get("ActionAfterCompletion") == "DELETE":
            scheduler._schedules._data.pop(key)


def _next_time(schedule: dict[str, Any], since: float) -> float | None:
    """When it is due after it last was; None if never."""
    expression = schedule["ScheduleExpression"]
    zone = ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    since = max(since, _epoch(schedule.get("StartDate"), since))
    if expression.startswith("at("):
        at = datetime.fromisoformat(expression[3:-1]).replace(tzinfo=zone).timestamp()
        return at if at > since else None
    if (seconds := eventbridge._parse_rate_seconds(expression)) is not None:
        return since + seconds
    # Its cron knows no zones: it is asked about the time that a clock on that wall shows.
    on_the_wall = datetime.fromtimestamp(since, zone).replace(tzinfo=UTC)
    following = eventbridge._cron_next_fire(eventbridge._parse_cron_fields(expression), on_the_wall)
    return following.replace(tzinfo=zone).timestamp() if following else None


def _epoch(value: Any, default: float) -> float:
    found = scheduler._to_epoch(value)
    return default if found is None else found


def _fire(key: tuple[str, str, str], schedule: dict[str, Any], due: float) -> None:
    account, region, _ = key
    target = schedule["Target"]
    if target["Arn"].startswith(PREFIX):
        delivery = Delivery(target, schedule["Arn"], due, account, region)
        spawn_background(deliver, delivery, thread_name="schedule")
        return
    set_request_account_id(account)
    set_request_region(region)
    eventbridge._invoke_target(target, _event(schedule, account, region), schedule)


def _event(schedule: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    return {
        "EventId": schedule["Arn"],
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": time.time(),
        "Resources": [schedule["Arn"]],
        "Account": account,
        "Region": region,
    }
