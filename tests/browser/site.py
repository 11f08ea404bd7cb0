"""The whole API with a scripted model, as the local twin puts it together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from starlette.types import ASGIApp

from slm.gateway.app import create_app
from slm.local.api_gateway import ApiGateway
from slm.local.api_keys import ApiKeys, UsagePlan, new_key_value
from slm.settings import Settings
from tests.browser.scripted_model import ScriptedModel
from tests.browser.serving import Server, UnderStage, serving
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
    keys = ApiKeys(UsagePlan.from_settings(settings))
    key = new_key_value()
    keys.add(key, name="test")
    app: ASGIApp = ApiGateway(
        create_app(replace(CONFIG, **config), model), settings=settings, keys=keys
    )
    with serving(UnderStage(app, stage) if stage else app) as server:
        yield Site(f"{server.url}/{stage}", key, model, server)
