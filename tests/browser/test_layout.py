"""Any screen from 320 pixels, light and dark, for everyone."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, expect

from slm.errors import ModelOverloaded
from tests.browser.playground import Playground
from tests.browser.scripted_model import Hold, ScriptedModel, says
from tests.browser.site import Site

WIDTHS = (320, 390, 768, 832, 833, 1280, 2560)
AA = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A small phone."""
    window = browser.new_context(
        viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True
    )
    yield window
    window.close()


def assert_accessible(playground: Playground) -> None:
    """No violation of WCAG 2.2 AA that axe-core finds; contrast is among its checks."""
    found = Axe().run(playground.page, options=AA)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways(playground: Playground, model: ScriptedModel, width: int) -> None:
    playground.page.set_viewport_size({"width": width, "height": 640})
    model.script = says("w" * 500, f"\n```\n{'c' * 500}\n```\n", "\u202e" + "e" * 500)
    if width < 833:
        playground.button("Settings").click()
        assert playground.fits_width()
        playground.button("Back").click()
    playground.ask("q" * 500)
    playground.expect_complete()
    assert playground.fits_width()
    expect(playground.send_button).to_be_in_viewport(ratio=1)
    expect(playground.prompt).to_be_in_viewport(ratio=1)
    expect(playground.button("New chat")).to_be_in_viewport(ratio=1)


def test_a_conversation_on_a_phone(phone: BrowserContext, site: Site) -> None:
    playground = Playground(phone, site.url)
    playground.open()
    expect(playground.key).to_be_hidden()
    playground.prompt.fill("Hello")
    playground.send_button.tap()
    expect(playground.key).to_be_focused()
    playground.key.fill(site.key)
    playground.key.press("Enter")
    expect(playground.key).to_be_hidden()
    expect(playground.model).to_contain_text("my-model")
    playground.send_button.tap()
    expect(playground.answer).to_have_text("Hello world")
    playground.button("Settings").tap()
    expect(playground.answer).to_be_hidden()
    playground.button("Back").tap()
    expect(playground.answer).to_be_visible()
    assert playground.faults == []


def test_the_message_grows_with_what_is_typed(playground: Playground) -> None:
    before = playground.prompt.bounding_box()
    playground.prompt.fill("line\n" * 60)
    after = playground.prompt.bounding_box()
    assert before is not None
    assert after is not None
    assert before["height"] < after["height"] <= 200
    expect(playground.send_button).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(playground: Playground, model: ScriptedModel, scheme: str) -> None:
    playground.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    assert_accessible(playground)
    model.script = says("Text\n```\ncode\n```\nmore")
    playground.ask("Hello")
    playground.expect_complete()
    model.script = [ModelOverloaded("Busy.")]
    playground.ask("Hello")
    expect(playground.problem).to_be_visible()
    playground.key.fill("not a key")
    playground.ask("Hello")
    assert_accessible(playground)


def test_accessible_on_a_phone(phone: BrowserContext, site: Site) -> None:
    playground = Playground(phone, site.url)
    playground.open()
    assert_accessible(playground)
    playground.button("Settings").tap()
    assert_accessible(playground)


def test_dark_where_the_system_is_dark(playground: Playground) -> None:
    def background() -> str:
        colour: str = playground.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    playground.page.emulate_media(color_scheme="light")
    light = background()
    playground.page.emulate_media(color_scheme="dark")
    assert background() != light


def test_nothing_moves_for_who_wants_it_still(playground: Playground, model: ScriptedModel) -> None:
    playground.page.emulate_media(reduced_motion="reduce")
    silence = Hold()
    model.script = says(silence, "Done")
    playground.ask("Hello")
    expect(playground.answer).to_be_attached()
    assert playground.page.evaluate("document.getAnimations().length") == 0
    silence.release()
    playground.expect_complete()
