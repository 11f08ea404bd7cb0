"""The twin with the stub in llama.cpp's place: all of its hops, and no model.

``python -m benchmarks.twin_on_stub URL``; it prints its own URL. The key is ``KEY``.
"""

import asyncio
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import uvloop

from slm.local.apps import serving_apps
from slm.local.database import Database
from slm.local.model_server import ModelServer, ModelState
from slm.settings import Settings

KEY: Final = "bench-key-of-the-twin"

_BACKLOG: Final = 1024
_UNLIMITED: Final[dict[str, Any]] = {
    "rate_limit": 10_000,
    "burst_limit": 5_000,
    "quota": 1_000_000_000,
    "engine": "llama.cpp",  # its contract has no limit of its own on requests
    "quantize": "",
    "instance_type": "ml.c6i.2xlarge",
}


@dataclass
class StubServer:
    """What the twin asks of a model server."""

    url: str
    api_key: str = "stub"
    state: ModelState = ModelState.READY
    failure: str = ""
    model: Any = field(default_factory=lambda: SimpleNamespace(name="stub"))


async def main() -> None:
    """The process."""
    settings = Settings(**_UNLIMITED)
    with (
        socket.socket() as gateway,
        socket.socket() as sagemaker,
        tempfile.TemporaryDirectory() as folder,
    ):
        for listener in (gateway, sagemaker):
            listener.bind(("127.0.0.1", 0))
            listener.listen(_BACKLOG)
        urls = ["http://{}:{}".format(*each.getsockname()) for each in (gateway, sagemaker)]
        async with serving_apps(
            settings,
            cast(ModelServer, StubServer(sys.argv[1])),
            KEY,
            Database(Path(folder) / "slm.sqlite"),
            gateway_socket=gateway,
            sagemaker_socket=sagemaker,
            sagemaker_url=urls[1],
        ):
            print(urls[0], flush=True)
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main())
