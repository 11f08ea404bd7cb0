"""The one seam to the model: a SageMaker endpoint.

Its two calls go out over one small HTTP client, in the event loop: a stream needs no thread, and
leaving it closes its connection, so a caller who hangs up frees the model at once.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from slm.gateway.aws_environment import (
    credential_source,
    endpoint_url,
    region_of,
    tls_context,
)
from slm.gateway.aws_service import AwsError, AwsService, read_all
from slm.gateway.aws_signature import Scope
from slm.gateway.event_stream import BadMessage, Message, MessageDecoder
from slm.gateway.http_client import HttpAnswer, HttpClient, Origin
from slm.gateway.http_connection import ConnectionBroken, HttpError
from slm.gateway.sagemaker_errors import translate
from slm.limits import HEALTH_CACHE_S, INVOKE_ENDPOINT_STREAM_TIMEOUT_S

CONNECT_TIMEOUT_S: Final = 5

SIGNING_NAME: Final = "sagemaker"
"""Of both services, ``sagemaker-runtime`` and ``sagemaker``."""

_MAX_DESCRIPTION_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class EndpointStatus:
    """What DescribeEndpoint says.

    Attributes:
        status: EndpointStatus as SageMaker names it, or "NotFound".
        reason: FailureReason, where there is one.
    """

    status: str
    reason: str = ""


class Backend(Protocol):
    """What the gateway needs of a model."""

    def stream(self, body: bytes) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Send a body to ``/invocations``; the context holds the answer's bytes as they come.

        Leaving the context early ends the generation.

        Raises:
            SlmError: The endpoint or its container failed; also while iterating.
        """

    async def endpoint_status(self) -> EndpointStatus:
        """The endpoint's state, at most HEALTH_CACHE_S old."""


def http_client(*, read_timeout_s: float = INVOKE_ENDPOINT_STREAM_TIMEOUT_S) -> HttpClient:
    """How SageMaker is talked to. Nothing is tried again: that would be a second generation."""
    return HttpClient(
        connect_timeout_s=CONNECT_TIMEOUT_S, read_timeout_s=read_timeout_s, tls=tls_context
    )


class SageMakerBackend:
    """A real-time endpoint.

    Args:
        endpoint_name: Name of the endpoint.
        runtime: The service ``sagemaker-runtime``.
        control: The service ``sagemaker``.
    """

    def __init__(self, endpoint_name: str, runtime: AwsService, control: AwsService) -> None:
        self._endpoint_name = endpoint_name
        self._runtime = runtime
        self._control = control
        self._status: tuple[float, EndpointStatus] | None = None
        self._status_lock = asyncio.Lock()

    @classmethod
    def from_environment(
        cls, endpoint_name: str, environment: Mapping[str, str] = os.environ
    ) -> "SageMakerBackend":
        """With the region, endpoint URLs and credentials that AWS's SDKs would find."""
        scope = Scope(region_of(environment), SIGNING_NAME)
        credentials = credential_source(environment)
        http = http_client()

        def service(name: str, host: str) -> AwsService:
            origin = Origin.of(endpoint_url(name, host, environment))
            return AwsService(origin, scope, credentials, http)

        return cls(
            endpoint_name,
            service("SAGEMAKER_RUNTIME", "runtime.sagemaker"),
            service("SAGEMAKER", "api.sagemaker"),
        )

    @asynccontextmanager
    async def stream(self, body: bytes) -> AsyncIterator[AsyncIterator[bytes]]:
        """See ``Backend.stream``."""
        path = f"/endpoints/{self._endpoint_name}/invocations-response-stream"
        headers = {"content-type": "application/json"}
        try:
            async with self._runtime.post(path, headers, body) as answer:
                yield _Payloads(answer)
        except (AwsError, HttpError) as error:
            raise translate(error) from error

    async def endpoint_status(self) -> EndpointStatus:
        """See ``Backend.endpoint_status``."""
        async with self._status_lock:
            if self._status is None or time.monotonic() - self._status[0] > HEALTH_CACHE_S:
                self._status = (time.monotonic(), await self._describe())
            return self._status[1]

    async def _describe(self) -> EndpointStatus:
        headers = {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "SageMaker.DescribeEndpoint",
        }
        body = json.dumps({"EndpointName": self._endpoint_name}).encode()
        try:
            async with self._control.post("/", headers, body) as answer:
                found = json.loads(await read_all(answer, max_bytes=_MAX_DESCRIPTION_BYTES))
        except AwsError as error:
            if "Could not find" in error.message:
                return EndpointStatus("NotFound")
            raise translate(error) from error
        except HttpError as error:
            raise translate(error) from error
        return EndpointStatus(found["EndpointStatus"], found.get("FailureReason") or "")


class _Payloads:
    """The bytes in an answer's event stream; those that came together are given together."""

    def __init__(self, answer: HttpAnswer) -> None:
        self._answer = answer
        self._decoder = MessageDecoder()
        self._failure: AwsError | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            while True:
                if self._failure is not None:
                    raise self._failure
                data = await self._answer.read()
                if not data:
                    break
                if payload := self._payload(self._decoder.feed(data)):
                    return payload
            if not self._decoder.complete:
                raise ConnectionBroken("the event stream ends within a message")
        except BadMessage as error:
            raise translate(ConnectionBroken(str(error))) from error
        except (AwsError, HttpError) as error:
            raise translate(error) from error
        raise StopAsyncIteration

    def _payload(self, messages: list[Message]) -> bytes:
        """What the messages carry; a failure among them is kept until that was given."""
        parts = []
        for message in messages:
            headers = message.headers
            if headers.get(":event-type") == "PayloadPart":
                parts.append(message.payload)
            elif headers.get(":message-type") == "exception":
                self._failure = AwsError.of(headers.get(":exception-type", ""), message.payload)
                break
            elif headers.get(":message-type") == "error":
                code, words = headers.get(":error-code", ""), headers.get(":error-message", "")
                self._failure = AwsError(code, words)
                break
        return b"".join(parts)
