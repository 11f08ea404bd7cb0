"""The twin: everything that answers on the laptop, started and ended together.

::

    gateway port     ApiGateway -> the gateway app -> boto3
    SageMaker port   runtime API -> container front of the configured engine -> llama.cpp
    llama.cpp port   a child process

Both servers are in this process and its one event loop; all listen on 127.0.0.1 only.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

import boto3
import botocore.session
import uvicorn
from botocore.config import Config
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from slm.errors import SlmError
from slm.gateway.app import create_app
from slm.gateway.backend import SageMakerBackend, client_config
from slm.local.api_gateway import ApiGateway
from slm.local.api_keys import ApiKeys, UsagePlan
from slm.local.container import Container
from slm.local.containers import contract_for
from slm.local.front_protocol import FrontProtocol
from slm.local.model_server import ModelServer, ServerEvent
from slm.local.options import TwinOptions
from slm.local.sagemaker_endpoint import Endpoint, state_of
from slm.local.sagemaker_runtime import create_runtime_app
from slm.local.state import StateDirectory, TwinState
from slm.settings import Settings

if TYPE_CHECKING:
    from asyncio import Protocol

HOST: Final = "127.0.0.1"

_KEEP_ALIVE_S: Final = 60
"""Longer than clients keep idle connections: a connection that is closed just as it is used
again is an error on their side."""

_GRACE_S: Final = 1
"""Requests that are under way get this long when the twin stops."""

_BACKLOG: Final = 512


class PortUnavailable(SlmError):
    """The gateway's port cannot be listened on."""


class Twin:
    """A running twin, as ``running_twin`` yields it.

    Attributes:
        gateway_url: Where the gateway listens.
        sagemaker_url: Where the SageMaker runtime listens.
    """

    def __init__(
        self,
        settings: Settings,
        server: ModelServer,
        *,
        api_key: str,
        gateway_url: str,
        sagemaker_url: str,
    ) -> None:
        self.gateway_url: Final = gateway_url
        self.sagemaker_url: Final = sagemaker_url
        self._settings = settings
        self._server = server
        self._api_key = api_key

    def state(self) -> TwinState:
        """How to reach it now: llama.cpp may be elsewhere after a restart."""
        return TwinState(
            pid=os.getpid(),
            url=self.gateway_url,
            openai_base_url=f"{self.gateway_url}/v1",
            api_key=self._api_key,
            endpoint_name=self._settings.resolved_endpoint_name,
            sagemaker_url=self.sagemaker_url,
            model_url=self._server.url or "",
            model_api_key=self._server.api_key,
            weights=self._server.model.name,
        )


@asynccontextmanager
async def running_twin(
    settings: Settings,
    options: TwinOptions,
    directory: StateDirectory,
    on_event: Callable[[ServerEvent], None],
) -> AsyncIterator[Twin]:
    """The twin, for as long as the context lasts; it has answered nothing yet.

    Args:
        settings: What the deployed system would be; its limits hold here too.
        options: What was chosen at the start.
        directory: The claimed folder for key, state and logs.
        on_event: Is told when the model process ends and when it is back.

    Raises:
        PortUnavailable: The port is taken.
        SlmError: The model cannot be loaded.
    """
    server = ModelServer(
        options.model,
        alias=settings.resolved_served_model_name,
        log_file=directory.model_log,
        slots=options.slots,
        context_tokens=settings.max_total_tokens,
        threads=options.threads,
    )
    container = Container(contract_for(settings.engine_facts, settings.model_spec()), server)
    endpoint = Endpoint(
        settings.resolved_endpoint_name, instance_count=settings.initial_instance_count
    )
    with _listening(options.port) as gateway_socket, _listening(0) as sagemaker_socket:
        tasks = [asyncio.create_task(server.start())]
        try:
            api_key = directory.api_key()
            twin = Twin(
                settings,
                server,
                api_key=api_key,
                gateway_url=_url_of(gateway_socket),
                sagemaker_url=_url_of(sagemaker_socket),
            )
            keys = ApiKeys(UsagePlan.from_settings(settings))
            keys.add(api_key, name="local")
            backend = _backend(endpoint, twin.sagemaker_url)
            app = create_app(settings.gateway_config(weights=options.model.name), backend)
            gateway = ApiGateway(app, settings=settings, keys=keys)
            runtime = create_runtime_app(endpoint, container, lambda: state_of(server))
            async with (
                _serving(runtime, sagemaker_socket, HttpToolsProtocol),
                _serving(gateway, gateway_socket, FrontProtocol),
            ):
                await tasks[0]
                tasks.append(asyncio.create_task(server.supervise(on_event)))
                yield twin
        finally:
            tasks[0].cancel()
            await server.stop()
            await asyncio.gather(*tasks, return_exceptions=True)
            await container.aclose()


def _backend(endpoint: Endpoint, sagemaker_url: str) -> SageMakerBackend:
    """The gateway's own backend, before the local SageMaker.

    Whatever profile, proxy or credentials this machine has for AWS stays out of it.
    """
    unset = (None, None, None, None)
    nowhere = (None, None, os.devnull, None)
    core = botocore.session.Session(
        session_vars={"profile": unset, "config_file": nowhere, "credentials_file": nowhere}
    )
    session = boto3.session.Session("local", "local", None, endpoint.region, botocore_session=core)
    config = client_config().merge(Config(proxies={}))

    def make_client(service: Any) -> Any:
        return session.client(service, endpoint_url=sagemaker_url, config=config)

    return SageMakerBackend(
        endpoint.name, make_client("sagemaker-runtime"), lambda: make_client("sagemaker")
    )


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    """A socket that listens on HOST.

    Raises:
        PortUnavailable: It is taken, or not ours to take.
    """
    with socket.socket() as listener:
        # A port whose last connections are still winding down can be had at once.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(_BACKLOG)
        except OSError as error:
            raise PortUnavailable(
                f"Port {port} on {HOST} cannot be used ({error.strerror}). Stop the program that "
                "holds it, or take another port with --port; --port 0 finds a free one."
            ) from None
        yield listener


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """A server among others: signals are the business of who runs them all."""

    def capture_signals(self) -> Any:
        """Take none."""
        return nullcontext()


@asynccontextmanager
async def _serving(
    app: ASGIApp, listener: socket.socket, protocol: "type[Protocol]"
) -> AsyncIterator[None]:
    """An app on a socket that listens already, for as long as the context lasts."""
    server = _Server(
        uvicorn.Config(
            app,
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # Nothing stands in front: a client's X-Forwarded-For would be a lie.
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
