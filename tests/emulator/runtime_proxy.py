"""SageMaker's runtime API: checks caller and endpoint, and lets the twin's runtime answer."""

import json
import re
from typing import Any, Final

import httpx
from moto.sagemaker.models import sagemaker_backends

from tests.emulator import endpoints, roles
from tests.emulator.asgi import Receive, Request, Send, send_json
from tests.emulator.role_checks import denied

PATH: Final = re.compile(r"/endpoints/(?P<name>[^/]+)/invocations(-response-stream)?")

CONTAINER_HEADER: Final = "x-emulator-container"
"""Tells the runtime which image, with which environment, is behind the endpoint."""

_ACTIONS: Final = {
    None: "sagemaker:InvokeEndpoint",
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html
    "-response-stream": "sagemaker:InvokeEndpointWithResponseStream",
}


class RuntimeProxy:
    """The runtime API of all endpoints.

    Args:
        runtime_url: The twin's SageMaker runtime.
    """

    def __init__(self, runtime_url: str) -> None:
        self._runtime_url = runtime_url
        self._client = httpx.AsyncClient(trust_env=False, timeout=None)

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def serve(self, request: Request, receive: Receive, send: Send) -> None:
        """Answer one invocation."""
        match = PATH.fullmatch(request.path)
        assert match
        name = match["name"]
        backend = sagemaker_backends[request.account][request.region]
        endpoint = backend.endpoints.get(name)
        arn = f"arn:aws:sagemaker:{request.region}:{request.account}:endpoint/{name.lower()}"
        if refused := _refused(request, _ACTIONS[match[2]], arn):
            await send_json(send, 403, refused)
        elif endpoint is None:
            message = f"Endpoint {name} of account {request.account} not found."
            await send_json(send, 400, {"__type": "ValidationError", "Message": message})
        elif endpoint.endpoint_status not in (endpoints.IN_SERVICE, "Updating"):
            message = f"Endpoint {name} is in status {endpoint.endpoint_status}."
            await send_json(send, 503, {"__type": "ServiceUnavailable", "Message": message})
        else:
            await self._forward(request, _container(backend, endpoint), send)

    async def _forward(self, request: Request, container: dict[str, Any], send: Send) -> None:
        forwarded = httpx.Request(
            "POST",
            f"{self._runtime_url}{request.path}",
            headers={**request.headers, CONTAINER_HEADER: json.dumps(container)},
            content=request.body,
        )
        answer = await self._client.send(forwarded, stream=True)
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": answer.status_code,
                    "headers": [
                        (n.lower(), v) for n, v in answer.headers.raw if n.lower() not in _OWN
                    ],
                }
            )
            async for chunk in answer.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await answer.aclose()


_OWN: Final = frozenset({b"transfer-encoding", b"connection", b"date", b"server"})
"""Headers that each server writes itself."""


def _refused(request: Request, action: str, arn: str) -> dict[str, Any] | None:
    role = roles.role_of(request.access_key)
    return None if role is None or roles.allows(role, action, arn) else denied(role, action, arn)


def _container(backend: Any, endpoint: Any) -> dict[str, Any]:
    """What the model's template says is to run."""
    config = backend.endpoint_configs[endpoint.endpoint_config_name]
    model = backend._models[config.production_variants[0]["ModelName"]]
    return dict(model.primary_container)
