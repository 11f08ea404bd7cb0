"""A model that plays a script and waits where the script says so."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Any

from slm.gateway.backend import EndpointStatus
from slm.gateway.sse import DONE, encode
from tests.browser.serving import PATIENCE_S
from tests.unit.fakes import chunk, usage


class Hold:
    """A place in a script where the model is silent until the test releases it."""

    def __init__(self) -> None:
        self._released: Future[None] = Future()

    def release(self) -> None:
        """Let the model speak; called once, by the test's thread."""
        self._released.set_result(None)

    async def wait(self) -> None:
        """Wait for the release, in the server's thread."""
        # Shielded: a client that hangs up cancels who waits, not what is waited for.
        released = asyncio.shield(asyncio.wrap_future(self._released))
        await asyncio.wait_for(released, PATIENCE_S)


Part = bytes | Exception | Hold


def says(*texts: str | Hold) -> list[Part]:
    """A script: the answer in these pieces, then the token counts and the end."""
    parts = [text if isinstance(text, Hold) else chunk(text) for text in texts]
    spoken = sum(isinstance(text, str) for text in texts)
    return [*parts, chunk(finish="stop"), usage(11, spoken), encode(DONE)]


class ScriptedModel:
    """The ``Backend`` protocol without SageMaker; used by the server's thread and the test's.

    Attributes:
        script: What the next answers consist of.
        status: What ``endpoint_status`` says.
        bodies: The bodies of all requests, in order.
        open: Answers that are being given now.
    """

    def __init__(self, script: Iterable[Part] = ()) -> None:
        self.script = list(script) or says("Hello", " world")
        self.status = EndpointStatus("InService")
        self.bodies: list[dict[str, Any]] = []
        self.open = 0

    @asynccontextmanager
    async def stream(self, body: bytes) -> AsyncIterator[AsyncIterator[bytes]]:
        """See ``Backend.stream``."""
        self.bodies.append(json.loads(body))
        self.open += 1
        try:
            yield self._play(list(self.script))
        finally:
            self.open -= 1

    async def endpoint_status(self) -> EndpointStatus:
        """See ``Backend.endpoint_status``."""
        return self.status

    async def _play(self, script: list[Part]) -> AsyncIterator[bytes]:
        for part in script:
            match part:
                case Hold():
                    await part.wait()
                case Exception():
                    raise part
                case _:
                    yield part
