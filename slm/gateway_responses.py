"""What API Gateway itself answers when a request does not reach the function.

The CDK construct writes these as gateway responses, the local gateway sends the
same bodies, so a client cannot tell the two places apart.
https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from slm import errors
from slm.limits import MAX_BODY_BYTES

_NO_KEY: Final = (
    "No API key, or two different ones. "
    "Send one as 'x-api-key: KEY' or 'Authorization: Bearer KEY'."
)

GATEWAY_RESPONSES: Final[Mapping[str, errors.SlmError]] = {
    "UNAUTHORIZED": errors.Unauthorized(_NO_KEY),
    "ACCESS_DENIED": errors.Unauthorized(_NO_KEY),
    "MISSING_AUTHENTICATION_TOKEN": errors.RouteNotFound("No such route. See GET /openapi.json."),
    "INVALID_SIGNATURE": errors.RouteNotFound("No such route. See GET /openapi.json."),
    "INVALID_API_KEY": errors.Unauthorized(
        "This API key is unknown, revoked, expired or in no usage plan."
    ),
    "THROTTLED": errors.RateLimited("Too many requests per second. Wait a second and retry."),
    "QUOTA_EXCEEDED": errors.QuotaExceeded("The request quota of this API key is used up."),
    "REQUEST_TOO_LARGE": errors.PayloadTooLarge(
        f"The request body is over {MAX_BODY_BYTES} bytes."
    ),
    # What a function without a free place gives. AWS documents only its status, 500 (Lambda guide,
    # "Handling Lambda errors with an API Gateway API"); API Gateway's execution log calls it a
    # configuration error, "Rate Exceeded". docs/parity.md says what else has this type.
    "API_CONFIGURATION_ERROR": errors.ModelOverloaded(
        "As many requests are in work as the gateway takes at once. Wait a few seconds and retry."
    ),
    "INTEGRATION_TIMEOUT": errors.ModelTimeout("The model took longer than the gateway waits."),
}
"""Response type -> the error it stands for. DEFAULT_4XX and DEFAULT_5XX keep API Gateway's own
status and message, in the same shape (types below)."""

DEFAULT_4XX_TYPE: Final = "invalid_request_error"
DEFAULT_5XX_TYPE: Final = "server_error"

EXPOSED_HEADERS: Final = ("retry-after", "x-should-retry")
"""Headers of an error that a page of another origin may read, where CORS is on."""


def body_text(error: errors.SlmError) -> str:
    """The body as text: template of the gateway response in AWS, answer on the laptop."""
    return json.dumps(errors.error_body(error), separators=(",", ":"))


def cors_headers(origins: Sequence[str]) -> dict[str, str]:
    """Headers that let pages of these origins read a refusal.

    A gateway response cannot choose by the request's origin: several origins make it ``*``,
    which shows other pages nothing but that a request was refused.
    """
    if not origins:
        return {}
    return {
        "access-control-allow-origin": origins[0] if len(origins) == 1 else "*",
        "access-control-expose-headers": ", ".join(EXPOSED_HEADERS),
    }
