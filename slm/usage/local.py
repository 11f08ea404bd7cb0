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
        for row in rows:
            time, key_id, model, status, stream, partial, *numbers = row
            prompt, generated, first, duration = numbers
            yield RequestUsage(
                time=datetime.fromtimestamp(float(str(time)), UTC),
                key_id=str(key_id),
                model=str(model),
                status=int(str(status)),
                stream=bool(stream),
                partial=bool(partial),
                prompt_tokens=int(str(prompt)),
                generated_tokens=int(str(generated)),
                first_token_ms=None if first is None else int(str(first)),
                duration_ms=int(str(duration)),
            )
