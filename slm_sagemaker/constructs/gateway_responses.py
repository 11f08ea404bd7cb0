"""API Gateway's own answers, in the API's error shape."""

from collections.abc import Mapping, Sequence
from typing import Final

from aws_cdk import aws_apigateway as apigateway

from slm.errors import facts_of
from slm.gateway_responses import (
    DEFAULT_4XX_TYPE,
    DEFAULT_5XX_TYPE,
    GATEWAY_RESPONSES,
    body_text,
    cors_headers,
)

_DEFAULT_TYPES: Final = {"DEFAULT_4XX": DEFAULT_4XX_TYPE, "DEFAULT_5XX": DEFAULT_5XX_TYPE}


def add_gateway_responses(api: apigateway.RestApi, cors_origins: Sequence[str]) -> None:
    """Give every refusal of API Gateway the body, status and headers of its error.

    Args:
        api: The API.
        cors_origins: Origins whose pages may read them.
    """
    cors = cors_headers(cors_origins)
    for name, error in GATEWAY_RESPONSES.items():
        facts = facts_of(error)
        _add(api, name, str(facts.status), body_text(error), {**facts.headers, **cors})
    for name, error_type in _DEFAULT_TYPES.items():
        _add(api, name, None, _default_template(error_type), cors)


def _add(
    api: apigateway.RestApi,
    name: str,
    status: str | None,
    template: str,
    headers: Mapping[str, str],
) -> None:
    api.add_gateway_response(
        name,
        type=apigateway.ResponseType.of(name),
        status_code=status,
        # A constant stands in single quotes, without them it is a mapping expression.
        response_headers={key: f"'{value}'" for key, value in headers.items()},
        templates={"application/json": template},
    )


def _default_template(error_type: str) -> str:
    """API Gateway's own message (with its quotes), in our shape."""
    message = "$context.error.messageString"
    return (
        f'{{"message":{message},"error":{{"message":{message},'
        f'"type":"{error_type}","param":null,"code":null}}}}'
    )
