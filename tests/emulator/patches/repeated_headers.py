"""Headers that a client sent twice, in ``multiValueHeaders``; ministack joins them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from contextvars import ContextVar
from typing import Any, Final

from ministack.services import apigateway_v1

from tests.emulator.asgi import Scope

_received: Final[ContextVar[tuple[tuple[str, str], ...]]] = ContextVar("received", default=())


def note_headers(scope: Scope) -> None:
    """Remember the headers of the request that is being served."""
    _received.set(tuple((n.decode().lower(), v.decode("latin-1")) for n, v in scope["headers"]))


def apply() -> None:
    """Tell the authorizer and the function of each."""
    invoke, build = apigateway_v1._invoke_authorizer_lambda, apigateway_v1._build_lambda_event_v1

    async def invoke_with_all(authorizer: Any, event: dict[str, Any], *args: Any) -> Any:
        return await invoke(authorizer, _with_all(event), *args)

    def build_with_all(*args: Any, **options: Any) -> dict[str, Any]:
        return _with_all(build(*args, **options))

    apigateway_v1._invoke_authorizer_lambda = invoke_with_all
    apigateway_v1._build_lambda_event_v1 = build_with_all


def _with_all(event: dict[str, Any]) -> dict[str, Any]:
    for name, values in event.get("multiValueHeaders", {}).items():
        received = [value for found, value in _received.get() if found == name.lower()]
        if len(received) > 1:
            values[:] = received
            event["headers"][name] = received[-1]
    return event
