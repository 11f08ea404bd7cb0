"""First come, first served, on the way to the model.

In one event loop, requests that come together take every step together: the first reaches
SageMaker hardly before the last, and as answers of one length end together too, the clients stay
in step. Here each goes the whole way before the next one sets out.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Turns:
    """Turns of requests: each begins at one app and ends at another that is nearer to the model.

    Nobody waits for a model or for a client that reads slowly: where a request is answered on its
    way, its turn is over when the answer begins.
    """

    def __init__(self) -> None:
        self._way = asyncio.Lock()
        self._owner: object = None

    def begin(self, app: ASGIApp) -> ASGIApp:
        """An app that takes requests one after another."""

        async def in_turn(scope: Scope, receive: Receive, send: Send) -> None:
            await self._way.acquire()
            owner = self._owner = object()

            async def ending(message: Message) -> None:
                self._end_of(owner)
                await send(message)

            try:
                await app(scope, receive, ending)
            finally:
                self._end_of(owner)

        return in_turn

    def end(self, app: ASGIApp) -> ASGIApp:
        """An app where requests have arrived.

        It is asked by others too. One of theirs ends the turn of whoever is on the way then, who
        goes on all the same.
        """

        async def arrived(scope: Scope, receive: Receive, send: Send) -> None:
            self._end_of(self._owner)
            await app(scope, receive, send)

        return arrived

    def _end_of(self, owner: object) -> None:
        if owner is not None and owner is self._owner:
            self._owner = None
            self._way.release()
