"""What is known of a request that a key made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class RequestUsage:
    """A request. What it said, and what the model answered, is nowhere kept.

    Attributes:
        time: When it ended.
        key_id: Id of its key.
        model: Name of the model.
        status: HTTP status.
        stream: Whether the answer was streamed.
        partial: Whether it broke off before the model gave its count; see ``RequestRecord``.
        prompt_tokens: Tokens of the prompt.
        generated_tokens: Tokens of the answer.
        first_token_ms: Milliseconds to the model's first event; None if there was none.
        duration_ms: Milliseconds in all.
    """

    time: datetime
    key_id: str
    model: str
    status: int
    stream: bool
    partial: bool
    prompt_tokens: int
    generated_tokens: int
    first_token_ms: int | None
    duration_ms: int


class UsageSource(Protocol):
    """Where records come from."""

    def requests(self, since: datetime) -> Iterable[RequestUsage]:
        """The requests that ended since then, in any order."""
