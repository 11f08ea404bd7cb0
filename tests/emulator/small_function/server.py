"""What a function behind the Lambda Web Adapter may be: it echoes, streams, waits and fails."""

import asyncio
import json
import sys
from typing import Any

released = asyncio.Event()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """``/wait`` sends its second half when ``/release`` has been called; the rest is echoed."""
    if scope["type"] == "lifespan":
        return
    sys.stdout.write(f"{scope['method']} {scope['path']}\n")
    sys.stdout.flush()
    body = (await receive()).get("body", b"")
    headers = [(b"content-type", b"text/plain"), (b"www-authenticate", b"ours")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    match scope["path"]:
        case "/wait":
            await send({"type": "http.response.body", "body": b"first ", "more_body": True})
            await released.wait()
            await send({"type": "http.response.body", "body": b"second"})
        case "/release":
            released.set()
            await send({"type": "http.response.body", "body": b"released"})
        case _:
            echo = {
                "headers": {n.decode(): v.decode() for n, v in scope["headers"]},
                "query": scope["query_string"].decode(),
                "body": body.decode(),
            }
            await send({"type": "http.response.body", "body": json.dumps(echo).encode()})
