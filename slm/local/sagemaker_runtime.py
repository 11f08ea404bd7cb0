"""SageMaker on the laptop: the three calls that the gateway makes, for real boto3.

``InvokeEndpoint`` and ``InvokeEndpointWithResponseStream`` (service ``sagemaker-runtime``)
and ``DescribeEndpoint`` (service ``sagemaker``), with SageMaker's errors and limits. boto3
gets here through ``AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME`` and ``AWS_ENDPOINT_URL_SAGEMAKER``.

A request passes ``RequestId``, ``SignedOnly`` (who may call) and ``Buffered`` (the body, and
the watch for a hang-up), then one of the handlers.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slm.errors import SlmError
from slm.limits import INVOKE_ENDPOINT_STREAM_TIMEOUT_S, INVOKE_ENDPOINT_TIMEOUT_S
from slm.local import event_stream
from slm.local.container import ContainerAnswer
from slm.local.sagemaker_endpoint import AwsError, Endpoint, EndpointState
from slm.local.sagemaker_front import Buffered, RequestId, SignedOnly, answer_error

_LOG: Final = logging.getLogger(__name__)

_VARIANT_HEADER: Final = "x-Amzn-Invoked-Production-Variant"


class ModelContainer(Protocol):
    """What is behind the endpoint; ``slm.local.container.Container`` is one."""

    def invocations(self, body: bytes) -> AbstractAsyncContextManager[ContainerAnswer]:
        """Answer ``POST /invocations``; leaving the context early ends the work."""


def create_runtime_app(
    endpoint: Endpoint,
    container: ModelContainer,
    state: Callable[[], EndpointState],
    *,
    timeout_s: float = INVOKE_ENDPOINT_TIMEOUT_S,
    stream_timeout_s: float = INVOKE_ENDPOINT_STREAM_TIMEOUT_S,
) -> ASGIApp:
    """The app.

    Args:
        endpoint: The one endpoint that exists.
        container: What answers.
        state: Gives the endpoint's state now.
        timeout_s: A whole answer that takes longer is cut.
        stream_timeout_s: The same for a streamed one.
    """
    handlers = _Handlers(endpoint, container, state, timeout_s, stream_timeout_s)
    invocations = "/endpoints/{name}/invocations"
    return Starlette(
        routes=[
            Route("/", handlers.describe_endpoint, methods=["POST"]),
            Route(invocations, handlers.invoke, methods=["POST"]),
            Route(f"{invocations}-response-stream", handlers.invoke_stream, methods=["POST"]),
        ],
        middleware=[Middleware(RequestId), Middleware(SignedOnly), Middleware(Buffered)],
        exception_handlers={AwsError: answer_error},
    )


class _DescribeInput(msgspec.Struct):
    EndpointName: str


class _Handlers:
    """The three operations."""

    def __init__(
        self,
        endpoint: Endpoint,
        container: ModelContainer,
        state: Callable[[], EndpointState],
        timeout_s: float,
        stream_timeout_s: float,
    ) -> None:
        self._endpoint = endpoint
        self._container = container
        self._state = state
        self._timeout_s = timeout_s
        self._stream_timeout_s = stream_timeout_s
        self._created = time.time()

    async def describe_endpoint(self, request: Request) -> Response:
        """``DescribeEndpoint``: JSON 1.1, where a header names the operation."""
        operation = request.headers.get("x-amz-target", "")
        if operation != "SageMaker.DescribeEndpoint":
            raise AwsError(400, "UnknownOperationException", f"{operation!r} is not offered here.")
        try:
            name = msgspec.json.decode(await request.body(), type=_DescribeInput).EndpointName
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise AwsError(400, "SerializationException", str(error)) from None
        if name != self._endpoint.name:
            arn = self._endpoint.arn_of(name)
            raise AwsError(400, "ValidationException", f'Could not find endpoint "{arn}".')
        answer = self._endpoint.description(self._state(), created=self._created)
        return JSONResponse(answer, media_type="application/x-amz-json-1.1")

    async def invoke(self, request: Request) -> Response:
        """``InvokeEndpoint``: a whole answer, within the time limit."""
        self._endpoint.check_invocable(request.path_params["name"], self._state())
        body = await request.body()
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._container.invocations(body) as answer,
            ):
                content = await _all_of(answer)
        except TimeoutError:
            raise self._endpoint.timed_out() from None
        except SlmError as error:
            raise self._endpoint.broken_off(error.message) from None
        if answer.status >= 300:
            raise self._endpoint.model_error(answer.status, content)
        headers = {_VARIANT_HEADER: self._endpoint.variant}
        return Response(content, media_type=answer.content_type, headers=headers)

    async def invoke_stream(self, request: Request) -> ASGIApp:
        """``InvokeEndpointWithResponseStream``: each chunk of the container at once."""
        self._endpoint.check_invocable(request.path_params["name"], self._state())
        invocation = self._container.invocations(await request.body())
        return _StreamedInvocation(self._endpoint, invocation, self._stream_timeout_s)


class _StreamedInvocation:
    """The response of a streamed invocation: an event stream, or an error before it starts."""

    def __init__(
        self,
        endpoint: Endpoint,
        invocation: AbstractAsyncContextManager[ContainerAnswer],
        timeout_s: float,
    ) -> None:
        self._endpoint = endpoint
        self._invocation = invocation
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False
        last_event = b""
        try:
            async with asyncio.timeout(self._timeout_s), self._invocation as answer:
                if answer.status >= 300:
                    raise self._endpoint.model_error(answer.status, await _all_of(answer))
                await send(self._start(answer))
                started = True
                async for chunk in answer.chunks:
                    await send(_part(event_stream.payload_parts(chunk), more=True))
        except Exception as error:
            if started:
                last_event = _exception_event(error)
            elif isinstance(error, TimeoutError):
                raise self._endpoint.timed_out() from None
            else:
                raise
        await send(_part(last_event, more=False))

    def _start(self, answer: ContainerAnswer) -> Message:
        headers = {
            "content-type": event_stream.MEDIA_TYPE,
            "X-Amzn-SageMaker-Content-Type": answer.content_type,
            _VARIANT_HEADER: self._endpoint.variant,
        }
        return {
            "type": "http.response.start",
            "status": 200,
            "headers": [(n.lower().encode(), v.encode()) for n, v in headers.items()],
        }


async def _all_of(answer: ContainerAnswer) -> bytes:
    return b"".join([chunk async for chunk in answer.chunks])


def _part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def _exception_event(error: Exception) -> bytes:
    """The last event of a stream that broke."""
    match error:
        case TimeoutError():
            return event_stream.model_stream_error(
                "The invocation timed out before the answer was complete.",
                "ModelInvocationTimeExceeded",
            )
        case SlmError():
            return event_stream.model_stream_error(error.message, "StreamBroken")
        case _:
            _LOG.exception("a streamed invocation failed", exc_info=error)
            return event_stream.internal_stream_failure("An unknown failure. Try again.")
