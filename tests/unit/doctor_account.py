"""An account with container logs, and how an endpoint in it fails."""

from dataclasses import dataclass, field
from typing import Any, Final

from tests.unit.fake_account import FakeAccount, event
from tests.unit.fake_aws import client_error

PING: Final = "The primary container for production variant X did not pass the ping health check"


@dataclass
class LoggingAccount(FakeAccount):
    """An account with container logs.

    Attributes:
        lines: What the container wrote; None without a log group.
    """

    lines: list[str] | None = None
    read: list[int] = field(default_factory=list)

    def describe_log_streams(self, **arguments: Any) -> Any:
        if self.lines is None:
            raise client_error("ResourceNotFoundException", "The log group does not exist.")
        return {"logStreams": [{"logStreamName": "AllTraffic/i-1"}] if self.lines else []}

    def get_log_events(self, **arguments: Any) -> Any:
        events = [{"message": line} for line in self.lines or []]
        return {"events": events, "nextBackwardToken": "same"}

    def filter_log_events(self, *, logGroupName: str, startTime: int) -> Any:
        self.read.append(startTime)
        if self.lines is None:
            raise client_error("ResourceNotFoundException", "The log group does not exist.")
        lines, self.lines = self.lines, []
        return {"events": [{"message": line, "timestamp": startTime} for line in lines]}


def failed(account: LoggingAccount) -> None:
    """Let the endpoint have failed for no reason that AWS would tell."""
    account.statuses = ["CREATE_FAILED"]
    assert account.endpoint
    account.endpoint |= {"EndpointStatus": "Failed", "FailureReason": PING}
    account.events = [event("CREATE_FAILED", "Endpoint", PING)]
