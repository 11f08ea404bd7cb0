"""Each request of a key into the twin's database, as its log line has it."""

import logging
import time
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from slm.gateway.request_log import record_of
from slm.local.database import Database, DatabaseUnavailable

_LOGGER: Final = logging.getLogger(__name__)


class UsageRecorder:
    """ASGI middleware around the gateway app.

    Args:
        app: The gateway app, which keeps a record of each request.
        database: The twin's.
    """

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app = app
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            if scope["type"] == "http":
                try:
                    self._keep(scope)
                except DatabaseUnavailable as error:
                    # Its answer is sent: all that is lost is its line in ``slm usage``.
                    _LOGGER.error("A request is missing in the usage: %s", error.message)

    def _keep(self, scope: Scope) -> None:
        line = record_of(scope).line()
        if not line["key_id"]:
            return
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    time.time(),
                    line["key_id"],
                    line["model"],
                    line["status"],
                    line["stream"],
                    line["partial"],
                    line["prompt_tokens"] or 0,
                    line["generated_tokens"] or 0,
                    line["first_token_ms"],
                    line["duration_ms"],
                ),
            )
