"""The one seam to the model: a SageMaker endpoint, through boto3.

boto3 blocks, the gateway does not: calls and reads run in threads of their own, one
for each request that is waiting for the model. A reader that is given up is woken by
shutting its socket down, so a caller who hangs up frees the model at once.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from slm.gateway.sagemaker_errors import translate
from slm.limits import HEALTH_CACHE_S, INVOKE_ENDPOINT_STREAM_TIMEOUT_S

if TYPE_CHECKING:
    from botocore.eventstream import EventStream
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

MAX_CONCURRENT_CALLS: Final = 256
"""Threads, and pooled connections: more requests than this wait their turn. A Lambda
instance has one request at a time; the number matters on the laptop only."""

_CONNECT_TIMEOUT_S: Final = 5

_T = TypeVar("_T")


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


def client_config() -> Config:
    """How boto3 talks to the endpoint: no retry, since a second try is a second generation."""
    return Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=INVOKE_ENDPOINT_STREAM_TIMEOUT_S,
        max_pool_connections=MAX_CONCURRENT_CALLS,
        retries={"total_max_attempts": 1},
        tcp_keepalive=True,
    )


class SageMakerBackend:
    """A real-time endpoint.

    Args:
        endpoint_name: Name of the endpoint.
        runtime: boto3 client ``sagemaker-runtime``, made with ``client_config()``.
        make_control: Makes the boto3 client ``sagemaker``; called on the first health check,
            since loading that API's model takes most of a second.
    """

    def __init__(
        self,
        endpoint_name: str,
        runtime: "SageMakerRuntimeClient",
        make_control: "Callable[[], SageMakerClient]",
    ) -> None:
        self._endpoint_name = endpoint_name
        self._runtime = runtime
        self._make_control = make_control
        self._control: SageMakerClient | None = None
        self._threads = ThreadPoolExecutor(MAX_CONCURRENT_CALLS, thread_name_prefix="sagemaker")
        self._status: tuple[float, EndpointStatus] | None = None
        self._status_lock = asyncio.Lock()

    @classmethod
    def from_environment(cls, endpoint_name: str) -> "SageMakerBackend":
        """With the credentials, region and endpoint URLs that boto3 finds by itself."""
        session = boto3.session.Session()
        return cls(
            endpoint_name,
            session.client("sagemaker-runtime", config=client_config()),
            lambda: session.client("sagemaker", config=client_config()),
        )

    @asynccontextmanager
    async def stream(self, body: bytes) -> AsyncIterator[AsyncIterator[bytes]]:
        """See ``Backend.stream``."""
        opening = self._threads.submit(self._open, body)
        try:
            events = await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_hang_up_when_open)
            raise
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error
        try:
            yield self._read(events)
        finally:
            events.hang_up()

    async def endpoint_status(self) -> EndpointStatus:
        """See ``Backend.endpoint_status``."""
        async with self._status_lock:
            if self._status is None or time.monotonic() - self._status[0] > HEALTH_CACHE_S:
                self._status = (time.monotonic(), await self._in_thread(self._describe))
            return self._status[1]

    def _open(self, body: bytes) -> "_Events":
        response = self._runtime.invoke_endpoint_with_response_stream(
            EndpointName=self._endpoint_name, ContentType="application/json", Body=body
        )
        return _Events(response["Body"])

    async def _read(self, events: "_Events") -> AsyncIterator[bytes]:
        try:
            while (payload := await self._in_thread(events.next_payload)) is not None:
                yield payload
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error

    def _describe(self) -> EndpointStatus:
        try:
            if self._control is None:
                self._control = self._make_control()
            answer = self._control.describe_endpoint(EndpointName=self._endpoint_name)
        except ClientError as error:
            if "Could not find" in str(error):
                return EndpointStatus("NotFound")
            raise translate(error) from error
        except BotoCoreError as error:
            raise translate(error) from error
        return EndpointStatus(answer["EndpointStatus"], answer.get("FailureReason", ""))

    async def _in_thread(self, function: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)


class _Events:
    """One event stream: read by a worker thread, given up from the event loop."""

    def __init__(self, stream: "EventStream[Any]") -> None:
        self._stream = stream
        self._iterator = iter(stream)
        self._reading = threading.Lock()
        self._given_up = False

    def next_payload(self) -> bytes | None:
        """Wait for the next PayloadPart; None at the end."""
        try:
            with self._reading:
                for event in self._iterator:
                    if payload := event.get("PayloadPart", {}).get("Bytes"):
                        return bytes(payload)
                return None
        finally:
            if self._given_up:
                self._stream.close()

    def hang_up(self) -> None:
        """End the stream, whether a thread is reading it or not; never blocks."""
        self._given_up = True
        # Closing a socket does not wake a thread that waits in recv() on it; shutting it down
        # does. botocore has no public way to the response below its EventStream.
        with contextlib.suppress(ValueError, OSError, RuntimeError):
            self._stream._raw_stream.shutdown()  # type: ignore[attr-defined]
        if self._reading.acquire(blocking=False):
            self._reading.release()
            self._stream.close()


def _hang_up_when_open(opening: "Future[_Events]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().hang_up()
