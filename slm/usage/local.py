"""What the twin's database has of requests."""

from collections.abc import Iterator
from datetime import UTC, datetime

from slm.local.database import Database
from slm.usage.records import RequestUsage


class LocalUsage:
    """The twin of this folder.

    Args:
        database: Its database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def requests(self, since: datetime) -> Iterator[RequestUsage]:
        """See ``UsageSource``."""
        rows = self._database.read(
            "SELECT time, key_id, model, status, stream, partial, prompt_tokens, "
            "generated_tokens, first_token_ms, duration_ms FROM requests WHERE time >= ?",
            (since.timestamp(),),
        )
        for time, key_id, model, status, stream, partial, *numbers in rows:
            prompt, generated, first, duration = numbers
            yield RequestUsage(
                time=datetime.fromtimestamp(time, UTC),
                key_id=key_id,
                model=model,
                status=status,
                stream=bool(stream),
                partial=bool(partial),
                prompt_tokens=prompt,
                generated_tokens=generated,
                first_token_ms=first,
                duration_ms=duration,
            )
