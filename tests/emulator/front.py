"""The emulator's one address: tells by a request's signature which service it is for."""

import asyncio
import json
from typing import Final

from ministack.app import app as ministack

from tests.emulator import clock, hold, moto_services, service_quotas
from tests.emulator.asgi import (
    Receive,
    Request,
    Scope,
    Send,
    read_request,
    replayed,
    send_bytes,
    send_json,
    signed_service,
)
from tests.emulator.patches.repeated_headers import note_headers
from tests.emulator.role_checks import refusal
from tests.emulator.runtime_proxy import PATH as RUNTIME_PATH
from tests.emulator.runtime_proxy import RuntimeProxy
from tests.emulator.stack_waits import until_at_rest

_CLOUDFORMATION: Final = "cloudformation"
_QUOTAS: Final = "servicequotas"
_DYNAMODB: Final = "dynamodb"


class Front:
    """The ASGI app.

    Args:
        runtime: SageMaker's runtime API.
    """

    def __init__(self, runtime: RuntimeProxy) -> None:
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await ministack(scope, receive, send)
            return
        note_headers(scope)
        service = signed_service(scope)
        if scope["path"] == clock.PATH:
            request = await read_request(scope, receive)
            clock.move_to(json.loads(request.body)["now"])
            await send_json(send, 200, {})
        elif scope["path"] == hold.PATH:
            request = await read_request(scope, receive)
            hold.set_held(json.loads(request.body)["held"])
            await send_json(send, 200, {})
        elif service == _CLOUDFORMATION:
            request = await read_request(scope, receive)
            await until_at_rest(request.body)
            await ministack(scope, replayed(request.body), send)
        elif service in moto_services.SERVICES:
            await self._serve_moto(await read_request(scope, receive), receive, send)
        elif service == _QUOTAS:
            request = await read_request(scope, receive)
            target = request.headers.get("x-amz-target", "")
            await send_json(send, *service_quotas.answer(target, request.body))
        elif service == _DYNAMODB:
            request = await read_request(scope, receive)
            if refused := refusal(request):
                await send_json(send, 400, refused)
            else:
                await ministack(scope, replayed(request.body), send)
        else:
            await ministack(scope, receive, send)

    async def _serve_moto(self, request: Request, receive: Receive, send: Send) -> None:
        if RUNTIME_PATH.fullmatch(request.path):
            await self._runtime.serve(request, receive, send)
        elif refused := refusal(request):
            await send_json(send, 400, refused)
        else:
            status, headers, body = await asyncio.to_thread(
                moto_services.answer,
                request.method,
                request.path,
                request.query,
                request.headers,
                request.body,
            )
            await send_bytes(send, status, headers, body)
