"""The local SageMaker on a real socket, and real boto3 in front of it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
import httpx
import uvicorn
from botocore.config import Config

from slm.engines import Engine, ModelSpec
from slm.local.container import Container
from slm.local.containers import contract_for
from slm.local.model_server import ModelServer
from slm.local.sagemaker_endpoint import Endpoint, state_of
from slm.local.sagemaker_runtime import create_runtime_app
from tests.integration.conftest import PATIENCE_S, LoopThread

ENDPOINT = "test-endpoint"
SERVED_NAME = "served-name"
SPEC = ModelSpec(
    hf_model_id="owner/repo",
    served_model_name=SERVED_NAME,
    quantize="",
    gguf_file="",
    max_input_tokens=1792,
    max_total_tokens=2048,
)

CONFIG = Config(
    region_name="us-east-1",
    connect_timeout=PATIENCE_S,
    read_timeout=PATIENCE_S,
    max_pool_connections=64,
    retries={"total_max_attempts": 1},
    proxies={},
)


@dataclass
class LocalSageMaker:
    """One that runs.

    Attributes:
        url: Where it listens.
        server: The model server behind it.
    """

    url: str
    server: ModelServer

    @cached_property
    def runtime(self) -> Any:
        """boto3's ``sagemaker-runtime``."""
        return self._client("sagemaker-runtime")

    @cached_property
    def control(self) -> Any:
        """boto3's ``sagemaker``."""
        return self._client("sagemaker")

    def _client(self, service: str) -> Any:
        session = boto3.session.Session("any", "thing")
        return session.client(service, endpoint_url=self.url, config=CONFIG)

    def close(self) -> None:
        """Close the clients' connections."""
        for client in vars(self).keys() & {"runtime", "control"}:
            getattr(self, client).close()

    def busy_slots(self) -> int:
        """How many requests llama.cpp works on."""
        headers = {"authorization": f"Bearer {self.server.api_key}"}
        url = f"{self.server.url}/slots"
        slots = httpx.get(url, headers=headers, timeout=PATIENCE_S, trust_env=False).json()
        return sum(slot["is_processing"] for slot in slots)


@contextmanager
def local_sagemaker(
    loop_thread: LoopThread, server: ModelServer, engine: Engine
) -> Iterator[LocalSageMaker]:
    """A local SageMaker whose container is this engine's, for as long as the context lasts."""
    container = Container(contract_for(engine, SPEC), server)
    app = create_runtime_app(Endpoint(ENDPOINT), container, lambda: state_of(server))
    web = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", lifespan="off", log_config=None))
    stopped = loop_thread.submit(web.serve())
    try:
        loop_thread.run(_until_listening(web))
        host, port = web.servers[0].sockets[0].getsockname()
        running = LocalSageMaker(f"http://{host}:{port}", server)
        try:
            yield running
        finally:
            running.close()
    finally:
        web.should_exit = web.force_exit = True
        stopped.result(PATIENCE_S)


async def _until_listening(web: uvicorn.Server) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not web.started:
            await asyncio.sleep(0.01)
