"""The emulator's processes and server, started and ended together."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from hypercorn.asyncio import serve
from hypercorn.config import Config

from tests.emulator.front import Front
from tests.emulator.patches import apply_all
from tests.emulator.patches.integrations import serve_functions_with
from tests.emulator.resources import register_all
from tests.emulator.runtime_proxy import RuntimeProxy
from tests.emulator.web_adapter import WebAdapter

_REPOSITORY: Final = Path(__file__).parents[2]
_MODEL_PYTHON: Final = _REPOSITORY / ".venv" / "bin" / "python"
_START_TIMEOUT_S: Final = 60
_POLL_S: Final = 0.05


@asynccontextmanager
async def running_emulator(listener: socket.socket, *, with_model: bool) -> AsyncIterator[str]:
    """The emulator on a bound socket; its address.

    Args:
        listener: The socket.
        with_model: Whether endpoints answer; without, an invocation fails.
    """
    register_all()
    apply_all()
    url = "http://{}:{}".format(*listener.getsockname())
    async with _model_runtime(with_model) as runtime_url:
        adapter, runtime = WebAdapter(url), RuntimeProxy(runtime_url)
        serve_functions_with(adapter)
        stop = asyncio.Event()
        serving = asyncio.create_task(
            serve(Front(runtime), _config(listener), shutdown_trigger=stop.wait)
        )
        try:
            await _until_answering(listener)
            yield url
        finally:
            stop.set()
            await serving
            await adapter.aclose()
            await runtime.aclose()


@asynccontextmanager
async def _model_runtime(wanted: bool) -> AsyncIterator[str]:
    """The twin's SageMaker runtime as a process of ``.venv``; its address."""
    if not wanted:
        yield "http://127.0.0.1:9"  # the discard port: nobody listens
        return
    process = await asyncio.create_subprocess_exec(
        _MODEL_PYTHON,
        *("-m", "tests.emulator.model_runtime"),
        cwd=_REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin and process.stdout
    try:
        async with asyncio.timeout(_START_TIMEOUT_S):
            line = (await process.stdout.readline()).decode().strip()
        if not line:
            sys.exit("The model's runtime did not start: is .venv there ('make install')?")
        yield line
    finally:
        process.stdin.close()
        await process.wait()


def _config(listener: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{os.dup(listener.fileno())}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    config.graceful_timeout = 1
    return config


async def _until_answering(listener: socket.socket) -> None:
    async with asyncio.timeout(_START_TIMEOUT_S):
        while True:
            try:
                _, writer = await asyncio.open_connection(*listener.getsockname())
            except ConnectionError:
                await asyncio.sleep(_POLL_S)
            else:
                writer.close()
                return
