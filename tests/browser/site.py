"""The whole API with a scripted model, as the local twin puts it together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from starlette.types import ASGIApp

from slm.gateway.app import create_app
from slm.keys.local import LocalKeys
from slm.keys.store import new_key_value
from slm.local.api_gateway import ApiGateway
from slm.local.api_keys import ApiKeys
from slm.local.quotas import Quotas
from slm.settings import DEFAULT_PLAN, Settings
from tests.browser.scripted_model import ScriptedModel
from tests.browser.serving import Server, UnderStage, serving
from tests.unit.databases import temporary_database
from tests.unit.fakes import CONFIG


@dataclass(frozen=True)
class Site:
    """A running API.

    Attributes:
        url: Its root.
        key: A key that it takes.
        model: What answers.
        server: Its server.
    """

    url: str
    key: str
    model: ScriptedModel
    server: Server


@contextmanager
def site_with(
    model: ScriptedModel, *, settings: Settings | None = None, stage: str = "", **config: Any
) -> Iterator[Site]:
    """The API for as long as the context lasts.

    Args:
        model: What answers.
        settings: Limits of the keys.
        stage: First part of the path, if there is one.
        config: Fields of the gateway's configuration.
    """
    settings = settings or Settings()
    plans, database = settings.usage_plans(), temporary_database()
    key = new_key_value()
    LocalKeys(database, plans).adopt(key, name="test", plan=DEFAULT_PLAN)
    app: ASGIApp = ApiGateway(
        create_app(replace(CONFIG, **config), model),
        settings=settings,
        keys=ApiKeys(database, plans),
        quotas=Quotas(database),
    )
    with serving(UnderStage(app, stage) if stage else app) as server:
        yield Site(f"{server.url}/{stage}", key, model, server)
