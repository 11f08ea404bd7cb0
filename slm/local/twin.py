"""The twin: everything that answers on the laptop, started and ended together.

::

    gateway port     ApiGateway -> the gateway app -> signed HTTP
    SageMaker port   runtime API -> container front of the configured engine -> llama.cpp
    llama.cpp port   a child process

Both servers are in this process and its one event loop; all listen on 127.0.0.1 only.
"""

import asyncio
import importlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import Final

from slm.errors import SlmError
from slm.local.model_server import ModelServer, ServerEvent
from slm.local.options import TwinOptions
from slm.local.state import StateDirectory, TwinState
from slm.settings import Settings

HOST: Final = "127.0.0.1"

_BACKLOG: Final = 512


class PortUnavailable(SlmError):
    """The gateway's port cannot be listened on."""


class Twin:
    """A running twin, as ``running_twin`` yields it.

    Attributes:
        api_key: The key of its gateway.
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
        self.api_key: Final = api_key
        self._settings = settings
        self._server = server

    def state(self) -> TwinState:
        """How to reach it now: llama.cpp may be elsewhere after a restart."""
        return TwinState(
            pid=os.getpid(),
            url=self.gateway_url,
            openai_base_url=f"{self.gateway_url}/v1",
            api_key=self.api_key,
            endpoint_name=self._settings.resolved_endpoint_name,
            sagemaker_url=self.sagemaker_url,
            model_url=self._server.url or "",
            model_api_key=self._server.api_key,
            weights=self._server.model.name,
            plans={name: dict(plan) for name, plan in self._settings.usage_plans().items()},
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
    with (
        _listening(options.port) as gateway_socket,
        _listening(0) as sagemaker_socket,
        closing(directory.database()) as database,
    ):
        twin = Twin(
            settings,
            server,
            api_key=directory.api_key(),
            gateway_url=_url_of(gateway_socket),
            sagemaker_url=_url_of(sagemaker_socket),
        )
        tasks = [asyncio.create_task(server.start())]
        try:
            # The model loads meanwhile, in its own process.
            await asyncio.to_thread(importlib.import_module, "slm.local.apps")
            from slm.local.apps import serving_apps

            async with serving_apps(
                settings,
                server,
                twin.api_key,
                database,
                gateway_socket=gateway_socket,
                sagemaker_socket=sagemaker_socket,
                sagemaker_url=twin.sagemaker_url,
            ):
                await tasks[0]
                tasks.append(asyncio.create_task(server.supervise(on_event)))
                try:
                    yield twin
                finally:
                    # Before those who answer: who waits for it is told that it is gone.
                    await server.stop()
        finally:
            tasks[0].cancel()
            await server.stop()
            await asyncio.gather(*tasks, return_exceptions=True)


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
