"""Answers as bytes."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec
from starlette.responses import Response

from slm.errors import SlmError, error_body, facts_of
from slm.gateway.streaming import EventStreamResponse

Answer: TypeAlias = Response | EventStreamResponse


class JsonResponse(Response):
    """An object as JSON. Nothing this API says may be kept by a cache."""

    media_type = "application/json"

    def __init__(
        self, content: Any, status_code: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(content, status_code, {"cache-control": "no-store", **(headers or {})})

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        return msgspec.json.encode(content)


def error_response(error: SlmError, headers: Mapping[str, str] | None = None) -> JsonResponse:
    """An error as the table gives it.

    Args:
        error: What went wrong.
        headers: Headers besides those of the table.
    """
    facts = facts_of(error)
    return JsonResponse(error_body(error), facts.status, {**facts.headers, **(headers or {})})
