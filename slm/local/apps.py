"""The twin's two ASGI apps, put together and served.

``slm.local.twin`` imports this module while the model loads, since what it needs (the apps and
the HTTP libraries) takes about as long.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from slm.gateway.app import create_app
from slm.gateway.aws_environment import fixed
from slm.gateway.aws_service import AwsService
from slm.gateway.aws_signature import Credentials, Scope
from slm.gateway.backend import SIGNING_NAME, SageMakerBackend, http_client
from slm.gateway.http_client import Origin
from slm.keys.local import LocalKeys
from slm.keys.store import FIRST_KEY
from slm.local.api_gateway import ApiGateway
from slm.local.api_keys import ApiKeys
from slm.local.container import Container
from slm.local.containers import contract_for
from slm.local.database import Database
from slm.local.front_protocol import FrontProtocol
from slm.local.model_server import ModelServer
from slm.local.quotas import Quotas
from slm.local.sagemaker_endpoint import Endpoint, state_of
from slm.local.sagemaker_runtime import create_runtime_app
from slm.local.serving import serving
from slm.local.token_ledger import LocalLedger
from slm.local.turns import Turns
from slm.local.usage_recorder import UsageRecorder
from slm.settings import DEFAULT_PLAN, Settings


@asynccontextmanager
async def serving_apps(
    settings: Settings,
    server: ModelServer,
    api_key: str,
    database: Database,
    *,
    gateway_socket: socket.socket,
    sagemaker_socket: socket.socket,
    sagemaker_url: str,
) -> AsyncIterator[None]:
    """Gateway and SageMaker runtime, for as long as the context lasts.

    They answer at once; while the model loads, they say so.

    Args:
        settings: What the deployed system would be; its limits hold here too.
        server: The model, loaded or not.
        api_key: The key of this folder; others are made by ``slm keys``.
        database: Keys, quotas and usage.
        gateway_socket: Where the gateway listens.
        sagemaker_socket: Where the SageMaker runtime listens.
        sagemaker_url: The same, for the gateway.
    """
    endpoint = Endpoint(
        settings.resolved_endpoint_name, instance_count=settings.initial_instance_count
    )
    container = Container(contract_for(settings.engine_facts, settings.model_spec()), server)
    runtime = create_runtime_app(endpoint, container, lambda: state_of(server))
    plans = settings.usage_plans()
    LocalKeys(database, plans).adopt(api_key, name=FIRST_KEY, plan=DEFAULT_PLAN)
    config = settings.gateway_config(weights=server.model.name)
    app = create_app(config, _backend(endpoint, sagemaker_url), LocalLedger(database))
    turns = Turns()
    gateway = ApiGateway(
        turns.begin(UsageRecorder(app, database)),
        settings=settings,
        keys=ApiKeys(database, plans),
        quotas=Quotas(database),
    )
    async with (
        serving(turns.end(runtime), sagemaker_socket, HttpToolsProtocol),
        serving(gateway, gateway_socket, FrontProtocol),
    ):
        yield


def _backend(endpoint: Endpoint, sagemaker_url: str) -> SageMakerBackend:
    """The gateway's own backend, before the local SageMaker.

    Whatever profile, proxy or credentials this machine has for AWS stays out of it.
    """
    sagemaker = AwsService(
        Origin.of(sagemaker_url),
        Scope(endpoint.region, SIGNING_NAME),
        fixed(Credentials("local", "local")),
        http_client(),
    )
    return SageMakerBackend(endpoint.name, sagemaker, sagemaker)
