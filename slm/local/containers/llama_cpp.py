"""The llama.cpp container: ``/invocations`` is its server's ``/v1/chat/completions``."""

from typing import Final

import msgspec

from slm.errors import (
    ContextLengthExceeded,
    EndpointUnavailable,
    InvalidRequest,
    ModelNotFound,
    SlmError,
)
from slm.local.containers.context_limits import ContextLimits
from slm.local.containers.contract import JSON, Call, Refusal, chat_call, decode_object

_FACES: Final[tuple[tuple[type[SlmError], int, str], ...]] = (
    (ContextLengthExceeded, 400, "exceed_context_size_error"),
    (InvalidRequest, 400, "invalid_request_error"),
    (ModelNotFound, 404, "not_found_error"),
    (EndpointUnavailable, 503, "unavailable_error"),
    (SlmError, 500, "server_error"),
)
"""Failure -> status and type; the first that fits (tools/server/server-common.cpp)."""


class LlamaCppContract:
    """See ``Contract``. The same server runs in the container, so nothing is translated."""

    headers_after_s: float | None = None
    max_concurrent_requests: int | None = None
    limits: ContextLimits | None = None

    def read(self, body: bytes) -> Call:
        """See ``Contract.read``."""
        request = decode_object(body)
        return chat_call(lambda: request, stream=bool(request.get("stream", False)))

    def refusal(self, error: SlmError) -> Refusal:
        """See ``Contract.refusal``."""
        status, kind = next(face[1:] for face in _FACES if isinstance(error, face[0]))
        fields = {"code": status, "message": error.message, "type": kind}
        return Refusal(status, JSON, msgspec.json.encode({"error": fields}))

    def error_event(self, error: SlmError, call: Call) -> bytes:
        """The server is the model: when that dies, nobody is left to send an event."""
        raise error
