"""The ASGI app: routes, middleware and error handlers as data."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slm import routes
from slm.engines import ENGINES
from slm.errors import (
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    RouteNotFound,
    SlmError,
    facts_of,
)
from slm.gateway.backend import Backend
from slm.gateway.config import GatewayConfig
from slm.gateway.health import HealthRoute
from slm.gateway.invoke import InvokeRoute
from slm.gateway.openai_api import OpenAiApi
from slm.gateway.openapi import OpenApiRoute
from slm.gateway.playground import PlaygroundRoute
from slm.gateway.request_log import RequestLog, record_of
from slm.gateway.responses import Answer, JsonResponse, error_response
from slm.gateway.token_budget import TokenBudget, TokenLedger
from slm.gateway_responses import EXPOSED_HEADERS

Handler = Callable[[Request], Awaitable[Answer]]

_LOGGER: Final = logging.getLogger("slm.gateway")

_MAX_SHOWN_CHARS: Final = 80

_KEYED_ROUTES: Final = ", ".join(
    f"{route.method} {route.path}" for route in routes.ROUTES if route.key_required
)


def create_app(
    config: GatewayConfig, backend: Backend, ledger: TokenLedger | None = None
) -> Starlette:
    """The API of one endpoint.

    Args:
        config: What it is told.
        backend: The model.
        ledger: Where the tokens of each key are counted; needed if a plan limits them.
    """
    engine = ENGINES[config.engine]
    openai_api = OpenAiApi(config, engine, backend)
    handlers: dict[routes.Route, Handler] = {
        routes.INVOKE: InvokeRoute(engine, backend),
        routes.CHAT_COMPLETIONS: openai_api.chat_completions,
        routes.COMPLETIONS: openai_api.completions,
        routes.MODELS: openai_api.models,
        routes.MODEL: openai_api.model,
        routes.HEALTH: HealthRoute(config.endpoint_name, backend),
        routes.OPENAPI: OpenApiRoute(config, engine),
        routes.PLAYGROUND: PlaygroundRoute(),
    }
    middleware = [
        Middleware(
            RequestLog,
            model=config.served_model_name,
            metrics_of=config.endpoint_name if config.metrics else "",
        ),
        Middleware(_LastResort),
    ]
    if config.cors_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=config.cors_origins,
                allow_methods=["GET", "POST"],
                # openai-node sends some ten headers of its own.
                allow_headers=["*"],
                expose_headers=[*EXPOSED_HEADERS, "x-request-id"],
            )
        )
    if config.tokens_per_day and ledger is not None:
        middleware.append(Middleware(TokenBudget, limits=config.tokens_per_day, ledger=ledger))
    app = Starlette(
        routes=[_route(route, handler) for route, handler in handlers.items()],
        middleware=middleware,
        exception_handlers={SlmError: _on_slm_error, HTTPException: _on_http_exception},
    )
    app.router.redirect_slashes = False
    return app


def _route(route: routes.Route, handler: Handler) -> Route:
    """A route as Starlette takes it: a function, and no method but the table's."""

    async def endpoint(request: Request) -> Answer:
        return await handler(request)

    made = Route(route.path.replace("}", ":path}"), endpoint, methods=[route.method])
    # Starlette adds HEAD to every GET, which API Gateway would let through without a key.
    made.methods = {route.method}
    return made


async def _on_slm_error(request: Request, raised: Exception) -> JsonResponse:
    error = cast(SlmError, raised)
    record_of(request.scope).error = error.code or facts_of(error).code
    return error_response(error)


async def _on_http_exception(request: Request, raised: Exception) -> JsonResponse:
    """Starlette's own refusals, in our shape."""
    error = cast(HTTPException, raised)
    path = request.scope["path"][:_MAX_SHOWN_CHARS]
    match error.status_code:
        case 404:
            failure: SlmError = RouteNotFound(
                f"There is no route {path}. There are: {_KEYED_ROUTES}. See GET /openapi.json."
            )
        case 405:
            method = request.method[:_MAX_SHOWN_CHARS]
            failure = MethodNotAllowed(f"{path} does not take {method}.")
        case _:
            failure = InvalidRequest(str(error.detail))
    record_of(request.scope).error = facts_of(failure).code
    return error_response(failure, error.headers)


class _LastResort:
    """ASGI middleware: a fault of ours becomes a log line and a plain 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting_start)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            _LOGGER.exception("A request failed.")
            await error_response(InternalError("Internal error."))(scope, receive, send)
