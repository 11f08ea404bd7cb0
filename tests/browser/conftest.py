"""A browser for all tests here; for each test a window of its own and an API behind it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.chromium import chromium
from tests.browser.playground import CLIPBOARD, Playground
from tests.browser.scripted_model import ScriptedModel
from tests.browser.site import Site, site_with


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Closed before other packages' tests: its event loop would be in their way."""
    with chromium() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window of 1280 by 800 pixels with empty storage."""
    window = browser.new_context(viewport={"width": 1280, "height": 800})
    window.grant_permissions(CLIPBOARD)
    yield window
    window.close()


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def site(model: ScriptedModel) -> Iterator[Site]:
    with site_with(model) as running:
        yield running


@pytest.fixture
def blank(site: Site, context: BrowserContext) -> Iterator[Playground]:
    """The page as it is opened for the first time: without a key."""
    playground = Playground(context, site.url)
    playground.open()
    yield playground
    assert playground.faults == []
    assert playground.origins <= {"data", site.server.url}


@pytest.fixture
def playground(blank: Playground, site: Site) -> Playground:
    """The page with a key."""
    blank.enter_key(site.key)
    return blank
