"""The newest streams of a log group, and the end of each."""

from typing import Any

from slm.doctor.log_events import log_lines
from tests.unit.fake_account import FakeAccount


class Pages(FakeAccount):
    """A log group with two streams, each of them longer than can be read."""

    def describe_log_streams(self, **arguments: Any) -> Any:
        assert arguments["descending"]
        return {"logStreams": [{"logStreamName": "new"}, {"logStreamName": "old"}]}

    def get_log_events(self, *, logStreamName: str, nextToken: str = "0", **_: Any) -> Any:
        page = int(nextToken)
        return {
            "events": [{"message": f"{logStreamName} {page}\nline"}],
            "nextBackwardToken": str(page + 1),
        }


def test_the_oldest_page_comes_first_and_there_is_an_end() -> None:
    lines = log_lines(Pages(), "group")  # type: ignore[arg-type]
    assert lines[0] == "old 4"
    assert lines[-2:] == ["new 0", "line"]
    assert len(lines) == 2 * 5 * 2
