"""Lines of a CloudWatch log group: the newest streams, the end of each."""

from typing import Any, Final

from slm.aws import Aws, explained

_STREAMS: Final = 4
_PAGES: Final = 5
_EVENTS_A_PAGE: Final = 10_000


def log_lines(aws: Aws, group: str) -> list[str]:
    """The last lines of a group, oldest stream first; empty if it has no streams.

    Raises:
        NotFound: There is no such group.
        AwsUnavailable: AWS cannot be asked.
    """
    with explained(f"log group {group}"):
        streams = aws.logs.describe_log_streams(
            logGroupName=group, orderBy="LastEventTime", descending=True, limit=_STREAMS
        )["logStreams"]
        names = [stream["logStreamName"] for stream in streams]
        return [line for name in reversed(names) for line in _stream(aws, group, name)]


def _stream(aws: Aws, group: str, name: str) -> list[str]:
    """The last lines of a stream, read from its end."""
    pages: list[list[str]] = []
    token = ""
    for _ in range(_PAGES):
        where: dict[str, Any] = {"logGroupName": group, "logStreamName": name}
        if token:
            where["nextToken"] = token
        answer = aws.logs.get_log_events(**where, startFromHead=False, limit=_EVENTS_A_PAGE)
        pages.append([line for e in answer["events"] for line in e["message"].splitlines()])
        before, token = token, answer.get("nextBackwardToken", "")
        # At a stream's beginning the token stays the same.
        if not answer["events"] or token in ("", before):
            break
    return [line for page in reversed(pages) for line in page]
