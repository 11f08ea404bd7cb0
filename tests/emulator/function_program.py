"""A function's program: its asset, started with the function's environment."""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx

from tests.emulator import roles
from tests.emulator.function_code import unpack
from tests.ports import free_port

Config = dict[str, Any]
"""A function's configuration, as GetFunction has it."""

Log = Callable[[str], None]
"""Takes each line that a function prints."""

_HOST: Final = "127.0.0.1"
_INIT_TIMEOUT_S: Final = 30
_POLL_S: Final = 0.05
_STOP_S: Final = 5

_PR_SET_PDEATHSIG: Final = 1
"""``linux/prctl.h``"""


class FunctionDidNotStart(Exception):
    """The program ended, or did not answer its readiness check."""


class Program:
    """A running program. Use ``start``.

    Attributes:
        client: Sends requests to it.
        version: What it was made of: code and environment.
    """

    def __init__(
        self, process: asyncio.subprocess.Process, folder: Path, url: str, version: object, log: Log
    ) -> None:
        self.client: Final = httpx.AsyncClient(base_url=url, trust_env=False, timeout=None)
        self.version: Final = version
        self._process = process
        self._folder = folder
        self._reading = asyncio.create_task(self._read(log))

    @classmethod
    async def start(cls, config: Config, asset: bytes, endpoint_url: str, log: Log) -> "Program":
        """Start a function's program, and wait until it is ready.

        Args:
            config: The function's.
            asset: Its code.
            endpoint_url: What AWS's services are reached at.
            log: Its log.

        Raises:
            FunctionDidNotStart: It ended, or was not ready in time.
        """
        folder = Path(tempfile.mkdtemp(prefix="function-"))
        await asyncio.to_thread(unpack, asset, folder)
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            str(folder / config["Handler"]),
            cwd=folder,
            env=_environment(config, folder, port, endpoint_url),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            preexec_fn=_end_with_parent,
        )
        program = cls(process, folder, f"http://{_HOST}:{port}", version_of(config), log)
        try:
            await program._until_ready(_variables(config)["AWS_LWA_READINESS_CHECK_PATH"])
        except BaseException:
            await program.end()
            raise
        return program

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.returncode is not None

    async def end(self) -> None:
        """End it, by force if it does not listen."""
        # It would wait for connections that are kept.
        await self.client.aclose()
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _read(self, log: Log) -> None:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            log(line.decode(errors="replace").rstrip())

    async def _until_ready(self, path: str) -> None:
        try:
            async with asyncio.timeout(_INIT_TIMEOUT_S):
                while not self.ended:
                    with contextlib.suppress(httpx.TransportError):
                        if (await self.client.get(path)).status_code < 500:
                            return
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise FunctionDidNotStart("not ready in time") from None
        raise FunctionDidNotStart(f"exit status {self._process.returncode}")


def _end_with_parent() -> None:
    """Whatever ends the emulator ends its functions too; other systems have no such call."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def version_of(config: Config) -> object:
    """What a program is made of: it is started anew when that changes."""
    return config["CodeSha256"], _variables(config)


def _variables(config: Config) -> dict[str, str]:
    return dict(config.get("Environment", {}).get("Variables", {}))


def _environment(config: Config, folder: Path, port: int, endpoint_url: str) -> dict[str, str]:
    """What Lambda sets, and where this machine differs.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    interpreter = Path(sys.executable)
    arn = config["FunctionArn"].split(":")
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    return {
        **_variables(config),
        # Lambda's own interpreter is called python, and boto3 is in its runtime's folder.
        "PATH": f"{interpreter.parent}{os.pathsep}{os.environ['PATH']}",
        "LAMBDA_TASK_ROOT": str(folder),
        "LAMBDA_RUNTIME_DIR": packages,
        "AWS_REGION": arn[3],
        "AWS_DEFAULT_REGION": arn[3],
        "AWS_ACCESS_KEY_ID": roles.access_key_for(config["Role"]),
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config["MemorySize"]),
        "AWS_LAMBDA_FUNCTION_VERSION": config["Version"],
        "AWS_ENDPOINT_URL": endpoint_url,
        # Each function has a machine of its own on AWS, and port 8080 to itself.
        "AWS_LWA_PORT": str(port),
    }
