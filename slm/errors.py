"""One tree of exceptions, and the one table that gives each its HTTP face.

The exceptions know nothing of HTTP. ``facts_of`` looks an exception up along its
class hierarchy; ``error_body`` builds the one body that both ``openai`` clients
(``error.message``) and API Gateway clients (``message``) read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class SlmError(Exception):
    """Base of all expected failures.

    Args:
        message: What happened, and where it helps what to do next; shown to the caller.
        param: The request field the failure is about, if it is about one.
        code: A more precise code than the class's own, if there is one.
    """

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code


class InvalidRequest(SlmError):
    """The body is not JSON, or a field is unknown, of a wrong type or out of range."""


class ContextLengthExceeded(InvalidRequest):
    """Prompt and requested tokens do not fit the model's context."""


class Unauthorized(SlmError):
    """No key, two different keys, or one that is unknown, revoked, expired or in no plan."""


class RouteNotFound(SlmError):
    """No such route."""


class ModelNotFound(SlmError):
    """The request names a model that this API does not serve."""


class MethodNotAllowed(SlmError):
    """The route exists, but not for this method."""


class RequestTimeout(SlmError):
    """The client did not send its body in time."""


class PayloadTooLarge(SlmError):
    """The request body is over the limit."""


class HeadersTooLarge(SlmError):
    """Request line and headers are over the limit."""


class RateLimited(SlmError):
    """Over the plan's rate or burst."""


class QuotaExceeded(SlmError):
    """The plan's quota is used up."""


class ModelOverloaded(SlmError):
    """The model, its queue or the function's concurrency is full."""


class InternalError(SlmError):
    """A fault of our own: it is logged, and the caller learns nothing of the inside."""


class ModelFailed(SlmError):
    """The model container failed."""


class EndpointUnavailable(SlmError):
    """The endpoint is stopped, being created or updated, or without capacity."""


class ModelTimeout(SlmError):
    """The model took longer than the limit."""


@dataclass(frozen=True)
class ErrorFacts:
    """How one class of errors looks on the wire.

    Attributes:
        status: HTTP status.
        type: ``error.type`` as the OpenAI API names its classes of errors.
        code: ``error.code`` unless the exception carries a more precise one.
        headers: Headers that tell a client when to come back.
    """

    status: int
    type: str
    code: str | None
    headers: Mapping[str, str] = field(default_factory=dict)


ERROR_TABLE: Mapping[type[SlmError], ErrorFacts] = {
    InvalidRequest: ErrorFacts(400, "invalid_request_error", "invalid_request"),
    ContextLengthExceeded: ErrorFacts(400, "invalid_request_error", "context_length_exceeded"),
    Unauthorized: ErrorFacts(401, "authentication_error", "invalid_api_key"),
    RouteNotFound: ErrorFacts(404, "invalid_request_error", "route_not_found"),
    ModelNotFound: ErrorFacts(404, "invalid_request_error", "model_not_found"),
    MethodNotAllowed: ErrorFacts(405, "invalid_request_error", "method_not_allowed"),
    RequestTimeout: ErrorFacts(408, "invalid_request_error", "request_timeout"),
    PayloadTooLarge: ErrorFacts(413, "invalid_request_error", "request_too_large"),
    HeadersTooLarge: ErrorFacts(431, "invalid_request_error", "headers_too_large"),
    RateLimited: ErrorFacts(429, "rate_limit_error", "rate_limit_exceeded", {"retry-after": "1"}),
    QuotaExceeded: ErrorFacts(
        429,
        "insufficient_quota",
        "insufficient_quota",
        # The openai clients retry every 429 unless this header forbids it.
        {"retry-after": "3600", "x-should-retry": "false"},
    ),
    ModelOverloaded: ErrorFacts(429, "overloaded_error", "model_overloaded", {"retry-after": "5"}),
    InternalError: ErrorFacts(500, "server_error", "internal_error"),
    ModelFailed: ErrorFacts(502, "server_error", "model_failed"),
    EndpointUnavailable: ErrorFacts(
        503, "server_error", "endpoint_unavailable", {"retry-after": "30"}
    ),
    ModelTimeout: ErrorFacts(504, "server_error", "model_timeout"),
}


def facts_of(error: SlmError | type[SlmError]) -> ErrorFacts:
    """The table's row for an exception or its class, along the class hierarchy."""
    cls = error if isinstance(error, type) else type(error)
    for base in cls.__mro__:
        if base in ERROR_TABLE:
            return ERROR_TABLE[base]
    return ERROR_TABLE[InternalError]


def error_body(error: SlmError) -> dict[str, Any]:
    """The body of every error this API gives, whoever gives it."""
    facts = facts_of(error)
    return {
        "message": error.message,
        "error": {
            "message": error.message,
            "type": facts.type,
            "param": error.param,
            "code": error.code or facts.code,
        },
    }
