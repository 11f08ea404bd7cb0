"""API keys that come from a Lambda authorizer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
"""

import json
from contextvars import ContextVar
from typing import Any, Final

from ministack.services import apigateway_v1
from ministack.services.cloudformation import provisioners

_usage_key: Final = ContextVar("usage_key", default="")
"""``usageIdentifierKey`` of the request that is being served."""

_accepted_key: Final[ContextVar[dict[str, Any] | None]] = ContextVar("accepted_key", default=None)
"""The key that this request's plan accepted."""


def apply() -> None:
    """Read the key where the API says that it is, and tell the integration which one it was."""
    _keep_api_key_source()
    _carry_usage_identifier_key()
    _read_key_from_its_source()
    _fill_identity()


def _keep_api_key_source() -> None:
    """``ApiKeySourceType`` of a new API; ministack keeps it in updates only.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-restapi.html
    """
    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::RestApi"]
    create = handlers["create"]

    def create_with_source(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        api_id, attributes = create(logical_id, props, stack_name)
        source = props.get("ApiKeySourceType", "HEADER")
        apigateway_v1._rest_apis[api_id]["apiKeySource"] = source
        return api_id, attributes

    handlers["create"] = create_with_source


def _carry_usage_identifier_key() -> None:
    """``usageIdentifierKey`` in the authorizer's answer.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
    """
    invoke = apigateway_v1._invoke_authorizer_lambda

    async def invoke_and_remember(*args: Any) -> Any:
        result = await invoke(*args)
        answer = (result or {}).get("body")
        if isinstance(answer, str):
            answer = json.loads(answer)
        if isinstance(answer, dict):
            _usage_key.set(str(answer.get("usageIdentifierKey") or ""))
        return result

    apigateway_v1._invoke_authorizer_lambda = invoke_and_remember


def _read_key_from_its_source() -> None:
    """With source AUTHORIZER the header ``x-api-key`` counts for nothing."""
    check = apigateway_v1._check_api_key

    def check_at_source(
        method: dict[str, Any], api_id: str, stage: str, headers: dict[str, Any]
    ) -> Any:
        if apigateway_v1._rest_apis[api_id].get("apiKeySource") == "AUTHORIZER":
            headers = {"x-api-key": _usage_key.get()}
        error, key = check(method, api_id, stage, headers)
        _accepted_key.set(key)
        return error, key

    apigateway_v1._check_api_key = check_at_source

    serve = apigateway_v1._execute_in_scope

    async def serve_without_leftovers(*args: Any) -> Any:
        _usage_key.set("")
        _accepted_key.set(None)
        return await serve(*args)

    apigateway_v1._execute_in_scope = serve_without_leftovers


def _fill_identity() -> None:
    """``requestContext.identity.apiKey`` and ``apiKeyId``.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    build = apigateway_v1._build_lambda_event_v1

    def build_with_identity(*args: Any, **options: Any) -> dict[str, Any]:
        event: dict[str, Any] = build(*args, **options)
        if key := _accepted_key.get():
            identity = event["requestContext"]["identity"]
            identity["apiKey"], identity["apiKeyId"] = key["value"], key["id"]
        return event

    apigateway_v1._build_lambda_event_v1 = build_with_identity
