"""Everything goes without a mouse."""

from playwright.sync_api import expect

from tests.browser.playground import Playground
from tests.browser.scripted_model import Hold, ScriptedModel, says
from tests.browser.site import Site

_FOCUSED = """() => {
  const node = document.activeElement;
  const style = getComputedStyle(node);
  const outlined = style.outlineStyle !== "none" && style.outlineWidth !== "0px";
  return [node.id || node.value || node.textContent, outlined];
}"""

CONTROLS = [
    *("key", "reveal", "remember", "system"),
    *("max_tokens", "temperature", "top_p", "seed", "stop"),
    *("curl", "python", "node", "with-key", "openapi"),
]
"""Of the settings, in their order."""


def test_a_whole_conversation(blank: Playground, model: ScriptedModel, site: Site) -> None:
    keyboard = blank.page.keyboard
    expect(blank.key).to_be_focused()
    keyboard.type(site.key)
    keyboard.press("Enter")
    expect(blank.prompt).to_be_focused()
    keyboard.type("One")
    keyboard.press("Shift+Enter")
    keyboard.type("two")
    expect(blank.prompt).to_have_value("One\ntwo")
    model.script = says("Never", Hold())
    keyboard.press("Enter")
    expect(blank.answer).to_have_text("Never")
    keyboard.press("Escape")
    expect(blank.status).to_have_text("Stopped.")
    expect(blank.prompt).to_be_focused()
    model.script = says("Now")
    keyboard.type("Again")
    keyboard.press("Enter")
    expect(blank.answer).to_have_text("Now")
    assert model.bodies[0]["messages"][-1]["content"] == "One\ntwo"


def test_the_buttons_by_keyboard(playground: Playground, model: ScriptedModel) -> None:
    keyboard = playground.page.keyboard
    model.script = says("Never", Hold())
    playground.prompt.fill("Hello")
    keyboard.press("Tab")
    expect(playground.send_button).to_be_focused()
    keyboard.press("Space")
    expect(playground.answer).to_have_text("Never")
    expect(playground.stop_button).to_be_focused()
    keyboard.press("Enter")
    expect(playground.status).to_have_text("Stopped.")
    expect(playground.send_button).to_be_focused()


def test_every_control_is_reached_and_shows_it(playground: Playground) -> None:
    playground.prompt.focus()
    keyboard = playground.page.keyboard
    keyboard.press("Tab")
    assert playground.page.evaluate(_FOCUSED) == ["send", True]
    for name in CONTROLS:
        keyboard.press("Tab")
        assert playground.page.evaluate(_FOCUSED) == [name, True]


def test_code_can_be_scrolled_and_copied(playground: Playground, model: ScriptedModel) -> None:
    model.script = says(f"```\n{'x' * 500}\n```")
    playground.ask("Show me.")
    playground.expect_complete()
    code = playground.answer.locator("pre")
    code.focus()
    playground.page.keyboard.press("ArrowRight")
    playground.page.wait_for_function("document.activeElement.scrollLeft > 0")
    playground.page.keyboard.press("Tab")
    expect(playground.button("Copy")).to_be_focused()


def test_enter_that_ends_a_composition_does_not_send(
    playground: Playground, model: ScriptedModel
) -> None:
    playground.prompt.fill("にほん")
    playground.prompt.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    expect(playground.prompt).to_have_value("にほん")
    assert model.bodies == []


def test_enter_in_a_number_does_nothing(playground: Playground, model: ScriptedModel) -> None:
    playground.prompt.fill("Hello")
    playground.page.get_by_label("max_tokens").press("Enter")
    expect(playground.prompt).to_have_value("Hello")
    assert model.bodies == []


def test_a_screen_reader_hears_whole_answers(playground: Playground, model: ScriptedModel) -> None:
    pause = Hold()
    model.script = says("Hello", pause, " world")
    log = playground.page.get_by_role("log", name="Conversation")
    playground.ask("Hello")
    expect(playground.answer).to_have_text("Hello")
    expect(log).to_have_attribute("aria-busy", "true")
    pause.release()
    expect(log).to_have_attribute("aria-busy", "false")
    expect(playground.page.get_by_role("status").last).to_be_attached()
