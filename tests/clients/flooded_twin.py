"""The twin's servers before a model that never stops: ``python -m tests.clients.flooded_twin``.

Runs in ``.venv``. Prints the JSON of ``slm local --json``, then serves until it is terminated.
``GET`` on ``model_url`` tells how much the model could send, and how many listen to it.
"""

import asyncio
import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from slm.keys.store import new_key_value
from slm.local.apps import serving_apps
from slm.local.database import Database
from slm.local.model_server import ModelServer, ModelState
from slm.local.models import LocalModel
from slm.settings import Settings

_EVENT: Final = (
    b'data: {"choices":[{"index":0,"delta":{"content":" more and more"},"finish_reason":null}],'
    b'"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"flood"}\n\n'
)
_EVENTS: Final = _EVENT * 64
_CHUNK: Final = f"{len(_EVENTS):x}\r\n".encode() + _EVENTS + b"\r\n"


class FloodingModel:
    """In the place of ``ModelServer``: llama.cpp's server, as far as a stream needs it."""

    state = ModelState.READY
    failure = ""
    model = LocalModel(Path("flood.gguf"), "flood")
    api_key = "none"
    url = ""

    def __init__(self) -> None:
        self._sent = 0
        self._listeners = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        with suppress(ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET "):
                body = json.dumps({"sent": self._sent, "listeners": self._listeners})
                writer.write(
                    f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()
                )
                await writer.drain()
            else:
                await self._flood(writer)
        writer.close()

    async def _flood(self, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        self._listeners += 1
        try:
            while True:
                writer.write(_CHUNK)
                await writer.drain()
                self._sent += len(_CHUNK)
        finally:
            self._listeners -= 1


async def main() -> None:
    """Serve for ever."""
    model = FloodingModel()
    flooding = await asyncio.start_server(model.answer, "127.0.0.1", 0)
    model.url = _url_of(flooding.sockets[0])
    # This engine's front passes requests on without counting tokens first.
    settings = Settings(engine="llama.cpp", quantize="")
    key = new_key_value()
    with (
        socket.create_server(("127.0.0.1", 0)) as gateway,
        socket.create_server(("127.0.0.1", 0)) as sagemaker,
        TemporaryDirectory() as folder,
    ):
        async with serving_apps(
            settings,
            cast(ModelServer, model),
            key,
            Database(Path(folder) / "slm.sqlite"),
            gateway_socket=gateway,
            sagemaker_socket=sagemaker,
            sagemaker_url=_url_of(sagemaker),
        ):
            facts = {
                "pid": os.getpid(),
                "url": _url_of(gateway),
                "openai_base_url": f"{_url_of(gateway)}/v1",
                "api_key": key,
                "endpoint_name": settings.resolved_endpoint_name,
                "sagemaker_url": _url_of(sagemaker),
                "model_url": model.url,
                "model_api_key": model.api_key,
            }
            print(json.dumps(facts), flush=True)  # noqa: T201
            await asyncio.Event().wait()


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"http://{host}:{port}"


if __name__ == "__main__":
    asyncio.run(main())
