"""Lambda proxy integrations that stream, to functions behind the Lambda Web Adapter.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
from ministack.core.responses import StreamingResponse, get_account_id, get_region
from ministack.services import apigateway_v1, cloudwatch_logs, lambda_svc
from ministack.services.cloudformation import provisioners

from tests.emulator.function_program import FunctionDidNotStart
from tests.emulator.web_adapter import LAYER, WebAdapter

_STREAM: Final = "STREAM"
_OPERATION: Final = "/response-streaming-invocations"

_REMAPPED: Final = frozenset({"content-length", "date", "server", "www-authenticate"})
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html"""

_HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding"})

_adapters: Final[list[WebAdapter]] = []


def serve_functions_with(adapter: WebAdapter) -> None:
    """Let this adapter run the functions."""
    _adapters[:] = [adapter]


def apply() -> None:
    """Keep ``ResponseTransferMode``, stream where it says so, and end what is deleted."""
    _keep_transfer_mode()
    _stream()
    _end_with_the_function()


def _keep_transfer_mode() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html"""
    create = provisioners._apigw_method_create

    def create_with_mode(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        created = create(logical_id, props, stack_name)
        resource = apigateway_v1._resources[props["RestApiId"]][props["ResourceId"]]
        method = resource["resourceMethods"][props["HttpMethod"]]
        mode = props.get("Integration", {}).get("ResponseTransferMode", "BUFFERED")
        method["methodIntegration"]["responseTransferMode"] = mode
        return created

    provisioners._apigw_method_create = create_with_mode
    provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::Method"]["create"] = create_with_mode


def _stream() -> None:
    buffered = apigateway_v1._invoke_lambda_proxy_v1

    async def invoke(integration: dict[str, Any], *args: Any, **options: Any) -> Any:
        if integration.get("responseTransferMode") != _STREAM:
            return await buffered(integration, *args, **options)
        account, region = options.pop("owner_account_id"), options.pop("owner_region")
        event = apigateway_v1._build_lambda_event_v1(*args, **options)
        return await _invoke_streaming(integration, event, account, region)

    apigateway_v1._invoke_lambda_proxy_v1 = invoke


def _end_with_the_function() -> None:
    """A deleted function's program and worker end; ministack forgets its worker."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    delete = handlers["delete"]

    def delete_and_end(name: str, props: dict[str, Any]) -> None:
        arn = lambda_svc._func_arn(name)
        delete(name, props)
        lambda_svc.invalidate_worker(name, account=get_account_id(), region=get_region())
        _adapters[0].forget(arn)

    handlers["delete"] = delete_and_end


async def _invoke_streaming(
    integration: dict[str, Any], event: dict[str, Any], account: str, region: str
) -> Any:
    uri = integration["uri"]
    if not uri.endswith(_OPERATION):
        # A function that is called to buffer cannot be streamed from.
        return apigateway_v1._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
    reference = uri.split("/functions/", 1)[1].removesuffix(_OPERATION)
    function, config, _ = lambda_svc._get_func_record_for_ref_in_scope(
        reference, account_id=account, region=region
    )
    if not any(LAYER in layer["Arn"] for layer in config.get("Layers", [])):
        return apigateway_v1._gw_error("INTEGRATION_FAILURE", "Internal server error")
    slot, _limit = lambda_svc._acquire_execution_slot(function, config)
    if slot is None:
        # Reserved concurrency is used up: Lambda answers 429, API Gateway calls that a failure.
        return apigateway_v1._gw_error("INTEGRATION_FAILURE", "Internal server error")
    try:
        seconds = integration["timeoutInMillis"] / 1000
        async with asyncio.timeout(seconds):
            answer = await _adapters[0].send(config, function["code_zip"], event, _log_of(config))
    except TimeoutError:
        lambda_svc._release_execution_slot(slot)
        return apigateway_v1._gw_error("INTEGRATION_TIMEOUT", "Endpoint request timed out")
    except (FunctionDidNotStart, httpx.HTTPError):
        lambda_svc._release_execution_slot(slot)
        return apigateway_v1._gw_error("INTEGRATION_FAILURE", "Internal server error")
    except BaseException:
        lambda_svc._release_execution_slot(slot)
        raise
    return answer.status_code, _headers_of(answer), StreamingResponse(_runner(answer, slot))


def _headers_of(answer: httpx.Response) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    for name, value in answer.headers.multi_items():
        if name in _HOP_BY_HOP:
            continue
        shown = f"x-amzn-remapped-{name}" if name in _REMAPPED else name
        headers.setdefault(shown, []).append(value)
    return headers


def _runner(answer: httpx.Response, slot: Any) -> Any:
    """Sends each chunk as it comes. Lambda is not told when the caller hangs up: the function
    goes on to its end, and what it writes is read and dropped.
    """

    async def run(send: Any, _receive: Any) -> None:
        try:
            chunks: AsyncIterator[bytes] = answer.aiter_raw()
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await answer.aclose()
            lambda_svc._release_execution_slot(slot)

    return run


def _log_of(config: dict[str, Any]) -> Any:
    """Writes lines to the function's log group.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    """
    name = config["FunctionName"]
    group_name = config.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"
    account, region = config["FunctionArn"].split(":")[4], config["FunctionArn"].split(":")[3]
    stream_name = time.strftime(f"%Y/%m/%d/[{config['Version']}]{config['RevisionId']}")

    def log(line: str) -> None:
        group = cloudwatch_logs._log_groups.get_scoped(account, region, group_name)
        if group is None:  # it went with the stack
            return
        now = int(time.time() * 1000)
        stream = group["streams"].setdefault(
            stream_name,
            {
                "events": [],
                "uploadSequenceToken": "1",
                "creationTime": now,
                "firstEventTimestamp": None,
                "lastEventTimestamp": None,
                "lastIngestionTime": None,
            },
        )
        event = {"timestamp": now, "message": line, "ingestionTime": now}
        cloudwatch_logs._append_log_events(stream, [event])

    return log
