"""An ASGI app on a real socket, in a thread: playwright's synchronous API needs the test's own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

PATIENCE_S = 60
"""Bound of every wait; far above what a loaded machine needs."""


class Server:
    """A running server.

    Attributes:
        url: Where it answers, without a closing slash.
    """

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(app, port=0, lifespan="off", log_config=None)
        self._socket = config.bind_socket()
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        host, port = self._socket.getsockname()
        self.url = f"http://{host}:{port}"

    def start(self) -> None:
        """Answer requests; the socket holds those that come before that."""
        self._thread.start()

    def stop(self) -> None:
        """End at once, with whatever is being answered; a second call does nothing."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(PATIENCE_S)
        self._socket.close()


@contextmanager
def serving(app: ASGIApp) -> Iterator[Server]:
    """A server of the app, for as long as the context lasts."""
    server = Server(app)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class UnderStage:
    """ASGI wrapper: the app under a first part of the path, which it does not see.

    API Gateway does this with the stage's name.
    """

    def __init__(self, app: ASGIApp, stage: str) -> None:
        self._app = app
        self._prefix = f"/{stage}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        first, _, rest = scope["path"].removeprefix("/").partition("/")
        path = f"/{rest}" if f"/{first}" == self._prefix else f"/outside{scope['path']}"
        await self._app({**scope, "path": path, "raw_path": path.encode()}, receive, send)
