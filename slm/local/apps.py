"""The twin's two ASGI apps, put together and served.

``slm.local.twin`` imports this module while the model loads, since what it needs (boto3 and
the HTTP libraries) takes about as long.
"""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from slm.gateway.app import create_app
from slm.gateway.backend import SageMakerBackend, client_config
from slm.local.api_gateway import ApiGateway
from slm.local.api_keys import ApiKeys, UsagePlan
from slm.local.container import Container
from slm.local.containers import contract_for
from slm.local.front_protocol import FrontProtocol
from slm.local.model_server import ModelServer
from slm.local.sagemaker_endpoint import Endpoint, state_of
from slm.local.sagemaker_runtime import create_runtime_app
from slm.local.serving import serving
from slm.settings import Settings


@asynccontextmanager
async def serving_apps(
    settings: Settings,
    server: ModelServer,
    api_key: str,
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
        api_key: The one key of the gateway's usage plan.
        gateway_socket: Where the gateway listens.
        sagemaker_socket: Where the SageMaker runtime listens.
        sagemaker_url: The same, for the gateway.
    """
    endpoint = Endpoint(
        settings.resolved_endpoint_name, instance_count=settings.initial_instance_count
    )
    container = Container(contract_for(settings.engine_facts, settings.model_spec()), server)
    runtime = create_runtime_app(endpoint, container, lambda: state_of(server))
    keys = ApiKeys(UsagePlan.from_settings(settings))
    keys.add(api_key, name="local")
    config = settings.gateway_config(weights=server.model.name)
    app = create_app(config, _backend(endpoint, sagemaker_url))
    gateway = ApiGateway(app, settings=settings, keys=keys)
    try:
        async with (
            serving(runtime, sagemaker_socket, HttpToolsProtocol),
            serving(gateway, gateway_socket, FrontProtocol),
        ):
            yield
    finally:
        await container.aclose()


def _backend(endpoint: Endpoint, sagemaker_url: str) -> SageMakerBackend:
    """The gateway's own backend, before the local SageMaker.

    Whatever profile, proxy or credentials this machine has for AWS stays out of it.
    """
    unset = (None, None, None, None)
    nowhere = (None, None, os.devnull, None)
    core = botocore.session.Session(
        session_vars={"profile": unset, "config_file": nowhere, "credentials_file": nowhere}
    )
    session = boto3.session.Session("local", "local", None, endpoint.region, botocore_session=core)
    config = client_config().merge(Config(proxies={}))

    def make_client(service: Any) -> Any:
        return session.client(service, endpoint_url=sagemaker_url, config=config)

    return SageMakerBackend(
        endpoint.name, make_client("sagemaker-runtime"), lambda: make_client("sagemaker")
    )
