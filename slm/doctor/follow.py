"""A stack operation watched to its end, with what the container writes meanwhile."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from slm.aws import Aws, explained
from slm.doctor.text import plain, shown
from slm.errors import SlmError
from slm.operations.stack_operation import Event, now, watch

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
        return watch(
            self.aws, self.stack, since, self.on_event, on_look=self._tell_lines, sleep=self.sleep
        )

    def _tell_lines(self) -> None:
        for line in self._new_lines():
            self.on_line(line)

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
