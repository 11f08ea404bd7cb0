"""Usage: recorded, read, added up, drawn."""

import csv
import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.container import BarContainer

from slm.errors import SlmError
from slm.gateway.app import create_app
from slm.local.usage_recorder import UsageRecorder
from slm.usage.chart import draw, write_chart
from slm.usage.local import LocalUsage
from slm.usage.records import RequestUsage
from slm.usage.summary import UNKNOWN_KEY, as_csv, summarize
from tests.unit.databases import temporary_database
from tests.unit.fakes import CONFIG, FakeBackend
from tests.unit.staging import Stage

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def used(key: str, *, day: int = 0, status: int = 200, busy_ms: int = 1000) -> RequestUsage:
    return RequestUsage(
        time=NOON + timedelta(days=day),
        key_id=key,
        model="m",
        status=status,
        stream=False,
        partial=False,
        prompt_tokens=10,
        generated_tokens=5,
        first_token_ms=100,
        duration_ms=busy_ms,
    )


def test_a_line_for_each_key_and_day() -> None:
    requests = [used("a"), used("a", status=400), used("b", busy_ms=6000), used("a", day=1)]
    lines = summarize(requests, {"a": "alice"}, usd_per_day=24.0)
    assert [(line.day, line.key, line.requests, line.failed) for line in lines] == [
        ("2026-03-14", "alice", 2, 1),
        ("2026-03-14", UNKNOWN_KEY, 1, 0),
        ("2026-03-15", "alice", 1, 0),
    ]
    first, second, third = lines
    assert (first.prompt_tokens, first.generated_tokens) == (20, 10)
    assert (first.share, second.share, third.share) == (0.25, 0.75, 1.0)
    assert (first.usd, second.usd) == (6.0, 18.0)


def test_without_a_price_there_is_no_money() -> None:
    [line] = summarize([used("a")], {}, usd_per_day=None)
    assert line.usd is None


def test_csv_can_be_read_back() -> None:
    lines = summarize([used("a"), used("b")], {"a": "alice"}, usd_per_day=None)
    rows = list(csv.DictReader(io.StringIO(as_csv(lines))))
    assert [row["key"] for row in rows] == ["alice", UNKNOWN_KEY]
    assert rows[0]["prompt_tokens"] == "10"


def test_the_picture_names_days_and_keys(tmp_path: Path) -> None:
    lines = summarize([used("a"), used("b"), used("a", day=1)], {"a": "alice"}, usd_per_day=None)
    write_chart(lines, tmp_path / "usage.svg")
    picture = (tmp_path / "usage.svg").read_text()
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert all(f"<!-- {words} -->" in picture for words in ("2026-03-14", "2026-03-15", "alice"))
    write_chart([], tmp_path / "empty.svg")


@pytest.mark.parametrize("days", [1, 3, 7, 90])
def test_bars_dates_and_names_leave_each_other_room(days: int) -> None:
    requests = [used(key, day=day) for key in "ab" for day in range(days)]
    picture = draw(summarize(requests, {"a": "alice", "b": "bob"}, usd_per_day=None))
    [axes] = picture.axes
    left, right = axes.get_xlim()
    stacks = [each for each in axes.containers if isinstance(each, BarContainer)]
    bars = [bar.get_bbox() for stack in stacks for bar in stack.patches]
    assert len(bars) == 2 * days
    assert all(left < bar.x0 and bar.x1 < right for bar in bars)
    assert max(bar.width for bar in bars) <= (right - left) / 7
    picture.draw_without_rendering()
    dates = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert len(dates) == min(days, 7)
    assert all(date.x1 < following.x0 for date, following in pairwise(dates))
    [legend] = picture.legends
    assert not legend.get_window_extent().overlaps(axes.get_window_extent())


@pytest.mark.parametrize("name", ["missing/usage.svg", "usage.nothing", "usage.jpg", "usage"])
def test_a_picture_that_cannot_be_written_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(SlmError, match=r"cannot be written.*\.svg or \.png"):
        write_chart([], tmp_path / name)


@pytest.mark.anyio
async def test_requests_of_keys_are_kept_and_others_are_not() -> None:
    database = temporary_database()
    stage = Stage(app=UsageRecorder(create_app(CONFIG, FakeBackend()), database))
    before = datetime.now(UTC) - timedelta(minutes=1)
    await stage.request("GET", "/health")
    await stage.request("GET", "/v1/models", headers={"x-api-key": stage.key})
    [request] = LocalUsage(database).requests(before)
    assert (request.key_id, request.status, request.model) == (stage.record.key_id, 200, "my-model")
    assert not list(LocalUsage(database).requests(datetime.now(UTC) + timedelta(minutes=1)))


@pytest.mark.anyio
async def test_a_request_that_cannot_be_kept_is_answered_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    database = temporary_database()
    stage = Stage(app=UsageRecorder(create_app(CONFIG, FakeBackend()), database))
    database.read("PRAGMA query_only = 1")
    answer = await stage.request("GET", "/v1/models", headers={"x-api-key": stage.key})
    assert answer.status_code == 200
    assert "A request is missing in the usage: " in caplog.text
