"""A stack operation watched to its end, with what the container writes meanwhile."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from slm.aws import Aws, Throttled, Unreachable, explained
from slm.doctor.text import plain, shown
from slm.errors import SlmError
from slm.operations.stack_operation import Event, events_since, is_busy, now, status_of

_POLL_S: Final = 3.0
_SILENCES: Final = 20
"""Times in a row that AWS may not be reached: laptops change networks while a stack is made."""

_BEFORE: Final = timedelta(hours=2)
"""How far back an operation may have begun."""

_LINES_A_POLL: Final = 40


@dataclass
class Follower:
    """Watches one stack.

    Attributes:
        aws: The account and region.
        stack: The stack.
        log_group: Of the endpoint's container.
        on_event: Told of each event once.
        on_line: Told of each line that the container writes; at most forty at a time.
        sleep: Passes the time between two questions.
    """

    aws: Aws
    stack: str
    log_group: str
    on_event: Callable[[Event], None]
    on_line: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    _told: set[str] = field(default_factory=set)
    _read_to: int = 0

    def follow(self) -> str:
        """Watch until no operation is in progress.

        Returns:
            The stack's status.

        Raises:
            AwsUnavailable: AWS cannot be asked.
        """
        since = now() - _BEFORE
        self._read_to = int(since.timestamp() * 1000)
        silences = 0
        while True:
            try:
                status = status_of(self.aws, self.stack)
                for event in events_since(self.aws, self.stack, since):
                    if event.event_id not in self._told:
                        self._told.add(event.event_id)
                        self.on_event(event)
                silences = 0
            except (Throttled, Unreachable):
                silences += 1
                if silences == _SILENCES:
                    raise
            else:
                for line in self._new_lines():
                    self.on_line(line)
                if not is_busy(status):
                    return status
            self.sleep(_POLL_S)

    def _new_lines(self) -> Iterator[str]:
        """What the container wrote since the last time; nothing where it cannot be read."""
        try:
            with explained(f"log group {self.log_group}"):
                answer = self.aws.logs.filter_log_events(
                    logGroupName=self.log_group, startTime=self._read_to
                )
        except SlmError:
            return
        events = answer["events"]
        for event in events:
            self._read_to = max(self._read_to, event["timestamp"] + 1)
        for event in events[-_LINES_A_POLL:]:
            yield shown(plain(event["message"]))
