"""The seam to SageMaker over real sockets, against the local runtime API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from slm.errors import EndpointUnavailable, ModelFailed, SlmError
from slm.gateway.aws_environment import fixed
from slm.gateway.aws_service import AwsService
from slm.gateway.aws_signature import Credentials
from slm.gateway.aws_signature import Scope as SigningScope
from slm.gateway.backend import SageMakerBackend, http_client
from slm.gateway.http_client import Origin
from slm.local.container import ContainerAnswer
from slm.local.sagemaker_endpoint import Endpoint, EndpointState
from slm.local.sagemaker_runtime import create_runtime_app
from tests.unit.serving import PATIENCE_S, serving

pytestmark = pytest.mark.anyio


class SlowContainer:
    """Gives ``parts``, then waits for ever if ``endless``; counts who is still being served."""

    def __init__(self, parts: list[bytes], *, endless: bool = False, silent: bool = False) -> None:
        self._parts = parts
        self._endless = endless
        self._silent = silent
        self.serving = 0

    @asynccontextmanager
    async def invocations(self, body: bytes) -> AsyncIterator[ContainerAnswer]:
        self.serving += 1
        try:
            if self._silent:
                await asyncio.Event().wait()
            yield ContainerAnswer(200, "text/event-stream", self._chunks())
        finally:
            self.serving -= 1

    async def _chunks(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part
        if self._endless:
            await asyncio.Event().wait()


class Connections:
    """Counts the connections that requests come on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.clients: set[object] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.clients.add(scope.get("client"))
        await self._app(scope, receive, send)


@asynccontextmanager
async def backend_to(
    container: SlowContainer, endpoint_name: str = "here", state: str = "InService"
) -> AsyncIterator[tuple[SageMakerBackend, Connections]]:
    endpoint_state = EndpointState(state)  # type: ignore[arg-type]
    app = Connections(create_runtime_app(Endpoint("here"), container, lambda: endpoint_state))
    async with serving(app) as (host, port):
        http = http_client(read_timeout_s=PATIENCE_S)
        service = AwsService(
            Origin.of(f"http://{host}:{port}"),
            SigningScope("us-east-1", "sagemaker"),
            fixed(Credentials("id", "secret")),
            http,
        )
        try:
            yield SageMakerBackend(endpoint_name, service, service), app
        finally:
            http.close()


async def settle(condition: object) -> None:
    """Wait until the condition holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.01)


async def test_chunks_arrive_as_they_were_sent() -> None:
    parts = [b"data: 1\n\n", b"data: 2\n\n", b"x" * 300_000]
    async with backend_to(SlowContainer(parts)) as (backend, _), backend.stream(b"{}") as chunks:
        received = [chunk async for chunk in chunks]
    assert b"".join(received) == b"".join(parts)


async def test_a_stream_read_to_its_end_leaves_the_connection_for_the_next() -> None:
    async with backend_to(SlowContainer([b"x"])) as (backend, connections):
        for _ in range(5):
            async with backend.stream(b"{}") as chunks:
                assert [chunk async for chunk in chunks] == [b"x"]
        assert len(connections.clients) == 1


async def test_leaving_early_ends_the_work() -> None:
    container = SlowContainer([b"first"], endless=True)
    async with backend_to(container) as (backend, _):
        async with backend.stream(b"{}") as chunks:
            assert await anext(aiter(chunks)) == b"first"
            assert container.serving == 1
        await settle(lambda: container.serving == 0)


async def test_cancelling_a_reader_ends_the_work() -> None:
    container = SlowContainer([b"first"], endless=True)
    first = asyncio.Event()

    async def read(backend: SageMakerBackend) -> None:
        async with backend.stream(b"{}") as chunks:
            async for _ in chunks:
                first.set()

    async with backend_to(container) as (backend, _):
        tasks = [asyncio.create_task(read(backend)) for _ in range(20)]
        await settle(lambda: container.serving == 20)
        async with asyncio.timeout(PATIENCE_S):
            await first.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await settle(lambda: container.serving == 0)


async def test_cancelling_before_the_headers_ends_the_work() -> None:
    container = SlowContainer([], silent=True)

    async def read(backend: SageMakerBackend) -> None:
        async with backend.stream(b"{}"):
            raise AssertionError

    async with backend_to(container) as (backend, _):
        task = asyncio.create_task(read(backend))
        await settle(lambda: container.serving == 1)
        task.cancel()
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(asyncio.CancelledError):
                await task
        await settle(lambda: container.serving == 0)


async def test_unknown_endpoint() -> None:
    async with backend_to(SlowContainer([]), endpoint_name="elsewhere") as (backend, _):
        with pytest.raises(EndpointUnavailable):
            async with backend.stream(b"{}"):
                pass
        assert (await backend.endpoint_status()).status == "NotFound"


async def test_endpoint_that_is_being_created() -> None:
    async with backend_to(SlowContainer([]), state="Creating") as (backend, _):
        with pytest.raises(EndpointUnavailable):
            async with backend.stream(b"{}"):
                pass
        assert (await backend.endpoint_status()).status == "Creating"


async def test_nobody_listens() -> None:
    async with backend_to(SlowContainer([])) as (backend, _):
        pass
    with pytest.raises(SlmError) as caught:
        async with backend.stream(b"{}"):
            pass
    assert isinstance(caught.value, EndpointUnavailable | ModelFailed)
