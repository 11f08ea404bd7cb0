"""Where the page stands: at the root, or under a stage as in AWS."""

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from slm.routes import STAGE
from tests.browser.playground import Playground
from tests.browser.scripted_model import ScriptedModel
from tests.browser.site import Site, site_with


@pytest.mark.parametrize("ending", ["", "/"])
def test_under_a_stage(context: BrowserContext, model: ScriptedModel, ending: str) -> None:
    with site_with(model, stage=STAGE) as site:
        playground = Playground(context, site.url + ending)
        playground.open()
        expect(playground.state).to_have_text("Ready")
        playground.enter_key(site.key)
        playground.ask("Hello")
        expect(playground.answer).to_have_text("Hello world")
        playground.button("curl").click()
        expect(playground.button("Copied")).to_be_visible()
        assert f"{site.url}/v1/chat/completions" in playground.clipboard()
        playground.page.get_by_role("link", name="OpenAPI").click()
        expect(playground.page.locator("body")).to_contain_text('"openapi"')
        assert playground.faults == []


def test_with_a_query_and_a_fragment(playground: Playground, site: Site) -> None:
    playground.page.goto(f"{site.url}?utm=1#top")
    playground.ask("Hello")
    playground.expect_complete()


def test_without_javascript(browser: Browser, site: Site) -> None:
    window = browser.new_context(java_script_enabled=False)
    page = window.new_page()
    page.goto(site.url)
    expect(page.get_by_text("This page needs JavaScript")).to_be_visible()
    expect(page.get_by_text("curl -N")).to_be_visible()
    expect(page.locator("#app")).to_be_hidden()
    window.close()
