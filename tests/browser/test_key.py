"""The API key: asked for, checked, kept in the browser and nowhere else."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.playground import Playground
from tests.browser.scripted_model import ScriptedModel
from tests.browser.site import Site

WRONG = "not-the-key-of-this-api-at-all"


def test_without_a_key_nothing_is_sent(blank: Playground, model: ScriptedModel) -> None:
    blank.ask("Hello")
    expect(blank.key).to_be_focused()
    expect(blank.key).to_have_attribute("aria-invalid", "true")
    expect(blank.page.get_by_role("alert")).to_have_text("Enter your API key first.")
    expect(blank.prompt).to_have_value("Hello")
    assert model.bodies == []


def test_a_wrong_key_is_noticed_when_it_is_entered(blank: Playground) -> None:
    blank.key.fill(WRONG)
    blank.key.press("Tab")
    expect(blank.page.get_by_role("alert")).to_contain_text("unknown, revoked, expired")


def test_a_key_that_no_longer_holds(playground: Playground, site: Site) -> None:
    playground.key.fill(WRONG)
    playground.ask("Hello")
    expect(playground.problem).to_contain_text("The API key was not accepted.")
    expect(playground.key).to_be_focused()
    expect(playground.key).to_have_attribute("aria-invalid", "true")
    playground.enter_key(site.key)
    expect(playground.key).to_have_attribute("aria-invalid", "false")
    playground.button("Try again").click()
    expect(playground.answer).to_have_text("Hello world")


@pytest.mark.parametrize("value", ["two words", "ключ", "key\u200bwith-a-gap", "“quoted”"])
def test_what_cannot_be_a_key(blank: Playground, model: ScriptedModel, value: str) -> None:
    blank.key.fill(value)
    blank.ask("Hello")
    expect(blank.page.get_by_role("alert")).to_contain_text("This is no API key")
    assert model.bodies == []


def test_spaces_around_a_pasted_key_do_not_matter(blank: Playground, site: Site) -> None:
    blank.enter_key(f"  {site.key} \t")
    blank.ask("Hello")
    blank.expect_complete()


def test_it_is_hidden_until_it_is_shown(playground: Playground) -> None:
    expect(playground.key).to_have_attribute("type", "password")
    playground.button("Show the key").click()
    expect(playground.key).to_have_attribute("type", "text")
    playground.button("Hide the key").click()
    expect(playground.key).to_have_attribute("type", "password")


def test_it_survives_a_reload_but_not_the_tab(
    playground: Playground, context: BrowserContext, site: Site
) -> None:
    playground.page.reload()
    expect(playground.key).to_have_value(site.key)
    expect(playground.model).to_contain_text("my-model")
    another = Playground(context, site.url)
    another.open()
    expect(another.key).to_have_value("")


def test_it_is_remembered_on_request_and_forgotten_on_request(
    playground: Playground, context: BrowserContext, site: Site
) -> None:
    playground.page.get_by_label("Remember on this computer").check()
    another = Playground(context, site.url)
    another.open()
    expect(another.key).to_have_value(site.key)
    another.page.get_by_label("Remember on this computer").uncheck()
    third = Playground(context, site.url)
    third.open()
    expect(third.key).to_have_value("")


def test_it_works_where_storage_is_forbidden(context: BrowserContext, site: Site) -> None:
    playground = Playground(context, site.url)
    playground.page.add_init_script("""
        for (const name of ["localStorage", "sessionStorage"]) {
          const get = () => { throw new DOMException("No.", "SecurityError"); };
          Object.defineProperty(window, name, { get });
        }
    """)
    playground.open()
    playground.enter_key(site.key)
    playground.ask("Hello")
    playground.expect_complete()
    assert playground.faults == []


def test_it_goes_nowhere_but_into_the_header(playground: Playground, site: Site) -> None:
    asked: list[str] = []
    playground.page.on("request", lambda request: asked.append(request.url))
    playground.page.on("request", lambda request: asked.append(request.post_data or ""))
    playground.ask("Hello")
    playground.expect_complete()
    assert asked
    assert not any(site.key in text for text in asked)
    assert site.key not in playground.page.url
    assert site.key not in playground.page.content()
