"""A client that goes away ends the work done for it.

On the laptop only: in AWS nobody tells the function.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def answer_unless_gone(
    app: ASGIApp, scope: Scope, body: bytes, receive: Receive, send: Send
) -> None:
    """Run an app on a request whose body was read; cancel it when the client hangs up.

    Returns when the app has ended, cancelled or not. No task is left behind.

    Args:
        app: The app.
        scope: Scope of the request.
        body: The whole body, which the app receives as one message.
        receive: Where the hang-up shows.
        send: Where the app's answer goes.
    """
    answering = asyncio.timeout(None)
    exchange = _Exchange(body, receive, send)
    watching = asyncio.create_task(exchange.end_at_hang_up(answering))
    try:
        async with answering:
            await app(scope, exchange.receive, exchange.send)
    except TimeoutError:
        if not answering.expired():  # the app's own
            raise
    finally:
        watching.cancel()
        await asyncio.wait({watching})


class _Exchange:
    """The app's ends of the connection.

    Attributes:
        answered: Whether the app has given its whole answer. A server reports
            ``http.disconnect`` then too; it means nothing, and the app may still have work.
    """

    def __init__(self, body: bytes, receive: Receive, send: Send) -> None:
        self._body: bytes | None = body
        self._receive = receive
        self._send = send
        self._gone = asyncio.Event()
        self.answered = False

    async def receive(self) -> Message:
        """ASGI receive: the body once, then the hang-up when it comes."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """ASGI send."""
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.answered = True
        await self._send(message)

    async def end_at_hang_up(self, answering: asyncio.Timeout) -> None:
        """Wait until the client is gone, then end the app if it has not answered."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()
        if not self.answered:
            answering.reschedule(0)
