from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slm.operations.billing import billing, hourly_cost
from slm.operations.clock import changes_to_come, next_time
from slm.operations.costs import costs_while_stopped, fleet_cost
from slm.schedule import RunningHours
from slm.settings import Settings, load_settings
from tests.unit.fake_account import MADE_AT, FakeAccount
from tests.unit.fake_aws import client_error

STACK = "SlmSagemakerStack"
BERLIN = ZoneInfo("Europe/Berlin")
HOURS = RunningHours.parse("Mon-Fri 08:00-18:00")
FRIDAY = datetime(2026, 11, 27, 12, tzinfo=BERLIN)
UPDATE = '{"StackName": "S", "Parameters": [{"ParameterKey": "EndpointRunning", %s}]}'


def schedule(expression: str, value: str, **more: Any) -> dict[str, Any]:
    target = {"Input": UPDATE % f'"ParameterValue": "{value}"'}
    return {
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "Target": target,
    } | more


@pytest.fixture
def account() -> FakeAccount:
    account = FakeAccount(
        schedules={
            "start": schedule(HOURS.start_cron, "true"),
            "stop": schedule(HOURS.stop_cron, "false"),
            "off": schedule(HOURS.stop_cron, "false", State="DISABLED"),
            "key-ends": schedule("at(2026-12-01T00:00:00)", "") | {"Target": {"Input": "{}"}},
        }
    )
    account.deploy(load_settings(), count=2)
    return account


@pytest.fixture
def settings() -> Settings:
    return load_settings()


def test_a_running_endpoint(account: FakeAccount, settings: Settings) -> None:
    bill = billing(account, settings, MADE_AT + timedelta(hours=5))
    assert not bill.stopped
    assert bill.cost
    assert bill.cost.instance_count == 2
    assert bill.cost.usd_per_hour
    assert bill.usd_since == pytest.approx(5 * bill.cost.usd_per_hour)
    facts = bill.facts()
    assert facts["since"] == "2026-11-24T08:00:00+00:00"
    assert facts["changes"][0] == {"at": "2026-11-24T18:00:00+01:00", "running": False}


def test_an_hour_of_what_is_deployed_or_would_be(account: FakeAccount, settings: Settings) -> None:
    assert hourly_cost(account, settings).instance_count == 2
    account.endpoint = None
    assert hourly_cost(account, settings).instance_count == 1


def test_a_stopped_endpoint(account: FakeAccount, settings: Settings) -> None:
    account.endpoint = None
    account.parameters["EndpointRunning"] = "false"
    account.schedules = None
    bill = billing(account, settings, MADE_AT)
    assert bill.stopped
    assert (bill.cost, bill.since, bill.usd_since, bill.changes) == (None, None, None, ())
    assert bill.facts()["since"] is None


def test_what_may_not_be_asked_is_a_note(account: FakeAccount, settings: Settings) -> None:
    denied = client_error("AccessDenied", "no")
    account.failures = {"list_schedules": denied, "describe_endpoint_config": denied}
    bill = billing(account, settings, MADE_AT)
    assert (bill.cost, bill.changes, len(bill.notes)) == (None, (), 2)


def test_the_clock_of_a_friday(account: FakeAccount) -> None:
    stop, start = changes_to_come(account, STACK, FRIDAY.astimezone(UTC))
    assert (stop.running, stop.at) == (False, FRIDAY.replace(hour=18))
    assert (start.running, start.at) == (True, FRIDAY.replace(day=30, hour=8))


def test_a_week_to_come() -> None:
    monday = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert next_time("cron(0 8 ? * MON *)", monday) == monday + timedelta(days=7)
    assert next_time("cron(1 8 ? * MON *)", monday) == monday + timedelta(minutes=1)
    assert next_time("rate(1 day)", monday) is None


def test_costs_in_words() -> None:
    cost = fleet_cost("ml.g4dn.2xlarge", 2, "us-east-1")
    assert str(cost) == "$1.88 an hour (2 x ml.g4dn.2xlarge, price of us-east-1, 2026-09-27)"
    unknown = fleet_cost("ml.c7i.xlarge", 1, "us-east-1")
    assert str(unknown) == "1 x ml.c7i.xlarge, price not in the catalog"
    assert unknown.since(MADE_AT, MADE_AT) is None


def test_what_a_stop_does_not_end() -> None:
    bare = load_settings(alarms=False, dashboard=False)
    assert costs_while_stopped(bare) == ("stored logs, $0.03 per GB and month",)
    most = load_settings(
        waf_rate_limit=1000,
        vpc_id="vpc-0a1b2c3d",
        vpc_subnet_ids=("subnet-0a1b2c3d", "subnet-0a1b2c3e"),
        vpc_endpoints=True,
    )
    words = "; ".join(costs_while_stopped(most))
    assert "VPC endpoints, $0.02 an hour each" in words
    assert "the web ACL, $6 a month" in words
    assert "alarms" in words
