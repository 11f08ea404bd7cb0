"""The twin's SageMaker runtime for any number of endpoints, with the real small model.

Runs in ``.venv``, whose packages the model needs. Its one line of output is its address; it
ends with its standard input.
"""

import asyncio
import json
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from slm.engines import ENGINES, Engine, ModelSpec
from slm.local.container import Container
from slm.local.containers import contract_for
from slm.local.model_server import ModelServer
from slm.local.models import find_model
from slm.local.sagemaker_endpoint import Endpoint, state_of
from slm.local.sagemaker_runtime import create_runtime_app
from slm.local.serving import serving

CONTAINER_HEADER: Final = b"x-emulator-container"
SLOTS: Final = 4
CONTEXT_TOKENS: Final = 4096


class Endpoints:
    """The ASGI app: an endpoint's runtime is made when it is first called.

    Args:
        server: The model that answers for all of them.
    """

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self._containers: dict[str, Container] = {}
        self._apps: dict[tuple[str, str], Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        described = dict(scope["headers"])[CONTAINER_HEADER].decode()
        name = scope["path"].split("/")[2]
        if (name, described) not in self._apps:
            self._apps[name, described] = create_runtime_app(
                Endpoint(name), self._container(described), lambda: state_of(self._server)
            )
        await self._apps[name, described](scope, receive, send)

    def _container(self, described: str) -> Container:
        if described not in self._containers:
            contract = contract_for(*_engine_and_model(json.loads(described)))
            self._containers[described] = Container(contract, self._server)
        return self._containers[described]


def _engine_and_model(container: dict[str, Any]) -> tuple[Engine, ModelSpec]:
    """What a model's image and environment ask for: the template is all that SageMaker knows."""
    repository = container["Image"].rpartition(":")[0].partition("/")[2]
    engine = next(
        each
        for each in ENGINES.values()
        if repository in {image.repository for image in each.container.images.values()}
    )
    environment = container.get("Environment", {})

    def value(*names: str) -> str:
        return next((environment[name] for name in names if name in environment), "")

    total = int(value("MAX_TOTAL_TOKENS", "SM_VLLM_MAX_MODEL_LEN") or CONTEXT_TOKENS)
    model = ModelSpec(
        hf_model_id=value("HF_MODEL_ID", "SM_VLLM_MODEL", "SM_LLAMA_CPP_HF_REPO"),
        served_model_name=value("SM_VLLM_SERVED_MODEL_NAME", "SM_LLAMA_CPP_ALIAS"),
        quantize=value("QUANTIZE", "SM_VLLM_QUANTIZATION"),
        gguf_file=value("SM_LLAMA_CPP_HF_FILE"),
        max_input_tokens=int(value("MAX_INPUT_TOKENS") or total - 1),
        max_total_tokens=total,
    )
    return engine, model


async def main() -> None:
    """Serve until standard input ends."""
    with tempfile.TemporaryDirectory() as folder:
        server = ModelServer(
            find_model(None),
            alias="model",
            log_file=Path(folder) / "model.log",
            slots=SLOTS,
            context_tokens=CONTEXT_TOKENS,
            threads=1,
        )
        app = Endpoints(server)
        listener = _listener()
        await server.start()
        try:
            async with serving(app, listener, HttpToolsProtocol):
                sys.stdout.write("http://{}:{}\n".format(*listener.getsockname()))
                sys.stdout.flush()
                await asyncio.to_thread(sys.stdin.read)
        finally:
            await server.stop()


def _listener() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


if __name__ == "__main__":
    asyncio.run(main())
