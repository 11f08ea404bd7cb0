"""Asking and being answered."""

import pytest
from playwright.sync_api import Page, expect

from slm.gateway.sse import DONE, encode
from tests.browser.playground import Playground
from tests.browser.scripted_model import Hold, ScriptedModel, says
from tests.browser.serving import PATIENCE_S
from tests.unit.fakes import chunk, usage


def eventually_idle(model: ScriptedModel, page: Page) -> bool:
    """Whether the model becomes free, within a bound."""
    for _ in range(PATIENCE_S * 10):
        if model.open == 0:
            return True
        page.wait_for_timeout(100)
    return False


def test_the_text_grows_while_the_model_speaks(
    playground: Playground, model: ScriptedModel
) -> None:
    first, second = Hold(), Hold()
    model.script = says("One", first, " two", second, " three")
    playground.ask("Count.")
    expect(playground.answer).to_have_text("One")
    expect(playground.status).to_have_text("Answering. Esc stops.")
    first.release()
    expect(playground.answer).to_have_text("One two")
    assert model.open == 1
    second.release()
    expect(playground.answer).to_have_text("One two three")
    playground.expect_complete()


def test_it_tells_that_it_waits(playground: Playground, model: ScriptedModel) -> None:
    silence = Hold()
    model.script = says(silence, "Done")
    playground.ask("Think.")
    expect(playground.status).to_have_text("Waiting for the first token. Esc stops.")
    silence.release()
    playground.expect_complete()


def test_figures_come_from_the_counts_of_the_model(
    playground: Playground, model: ScriptedModel
) -> None:
    pause = Hold()
    model.script = [chunk("A"), pause, chunk(" lot"), usage(3, 40), encode(DONE)]
    playground.ask("Talk.")
    expect(playground.answer).to_have_text("A")
    pause.release()
    expect(playground.turn).to_contain_text("First token after")
    expect(playground.turn).to_contain_text("tokens/s · 40 tokens")


def test_the_request_holds_what_the_settings_say(
    playground: Playground, model: ScriptedModel
) -> None:
    page = playground.page
    page.get_by_label("System prompt").fill("Be brief.")
    page.get_by_label("max_tokens").fill("33")
    page.get_by_label("temperature").fill("0")
    page.get_by_label("top_p").fill("")
    page.get_by_label("seed").fill("7")
    page.get_by_label("stop").fill("END\n\\n\\n")
    playground.ask("Hello")
    playground.expect_complete()
    (body,) = model.bodies
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
    ]
    assert (body["max_tokens"], body["temperature"], body["seed"]) == (33, 0, 7)
    assert body["stop"] == ["END", "\n\n"]
    assert "top_p" not in body


def test_a_value_out_of_range_is_not_sent(playground: Playground, model: ScriptedModel) -> None:
    temperature = playground.page.get_by_label("temperature")
    temperature.fill("3")
    playground.ask("Hello")
    expect(temperature).to_be_focused()
    expect(playground.prompt).to_have_value("Hello")
    assert model.bodies == []


def test_the_conversation_goes_on(playground: Playground, model: ScriptedModel) -> None:
    playground.ask("First")
    playground.expect_complete()
    playground.ask("Second")
    expect(playground.page.get_by_role("article")).to_have_count(2)
    playground.expect_complete()
    assert [message["content"] for message in model.bodies[1]["messages"]] == [
        "First",
        "Hello world",
        "Second",
    ]


@pytest.mark.parametrize("how", ["button", "Escape"])
def test_stop_keeps_the_text_and_frees_the_model(
    playground: Playground, model: ScriptedModel, how: str
) -> None:
    model.script = says("Once upon", " a time", Hold(), "never said")
    playground.ask("Tell a story.")
    expect(playground.answer).to_have_text("Once upon a time")
    if how == "button":
        playground.stop_button.click()
    else:
        playground.page.keyboard.press(how)
    expect(playground.status).to_have_text("Stopped.")
    expect(playground.answer).to_have_text("Once upon a time")
    expect(playground.turn).to_contain_text("about 2 tokens")
    expect(playground.send_button).to_be_visible()
    assert eventually_idle(model, playground.page)
    model.script = says("It ended.")
    playground.ask("Go on.")
    playground.expect_complete()
    assert model.bodies[1]["messages"][1]["content"] == "Once upon a time"


def test_a_double_click_on_send_does_not_stop(playground: Playground, model: ScriptedModel) -> None:
    silence = Hold()
    model.script = says(silence, "Still here")
    playground.prompt.fill("Hello")
    playground.send_button.dblclick()
    silence.release()
    expect(playground.answer).to_have_text("Still here")
    playground.expect_complete()


def test_what_is_typed_meanwhile_waits(playground: Playground, model: ScriptedModel) -> None:
    silence = Hold()
    model.script = says(silence, "Done")
    playground.ask("First")
    playground.ask("Second")
    expect(playground.prompt).to_have_value("Second")
    silence.release()
    playground.expect_complete()
    assert len(model.bodies) == 1


def test_a_new_chat_forgets(playground: Playground, model: ScriptedModel) -> None:
    playground.ask("First")
    playground.expect_complete()
    playground.button("New chat").click()
    expect(playground.page.get_by_role("article")).to_have_count(0)
    expect(playground.prompt).to_be_focused()
    playground.ask("Second")
    playground.expect_complete()
    assert [message["content"] for message in model.bodies[1]["messages"]] == ["Second"]


def test_a_new_chat_ends_the_answer_in_progress(
    playground: Playground, model: ScriptedModel
) -> None:
    model.script = says("Once", Hold())
    playground.ask("Tell a story.")
    expect(playground.answer).to_have_text("Once")
    playground.button("New chat").click()
    expect(playground.send_button).to_be_visible()
    assert eventually_idle(model, playground.page)


def test_an_example_fills_the_message(playground: Playground) -> None:
    example = playground.page.get_by_role("listitem").first.get_by_role("button")
    words = example.inner_text()
    example.click()
    expect(playground.prompt).to_have_value(words)
    expect(playground.prompt).to_be_focused()


def test_code_stands_apart(playground: Playground, model: ScriptedModel) -> None:
    model.script = says("Run:\n\n``", "`sh\necho `` `hi`\n", "  indented\n```\n", "Done.")
    playground.ask("How?")
    playground.expect_complete()
    assert playground.answer.locator("> *").evaluate_all(
        "(nodes) => nodes.map((node) => [node.tagName, node.textContent])"
    ) == [["P", "Run:"], ["PRE", "echo `` `hi`\n  indented"], ["P", "Done."]]


def test_the_answer_is_copied_as_the_model_wrote_it(
    playground: Playground, model: ScriptedModel
) -> None:
    written = "Run:\n```sh\necho hi\n```\n\n  Done.\n"
    model.script = says(written)
    playground.ask("How?")
    playground.button("Copy").click()
    expect(playground.button("Copied")).to_be_visible()
    assert playground.clipboard() == written
    expect(playground.button("Copy")).to_be_visible()


def test_copying_works_without_the_clipboard_api(
    playground: Playground, model: ScriptedModel
) -> None:
    playground.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    playground.ask("Hello")
    playground.button("Copy").click()
    expect(playground.button("Copied")).to_be_visible()
    playground.prompt.press("Control+v")
    expect(playground.prompt).to_have_value("Hello world")


def test_thoughts_are_folded_away(playground: Playground, model: ScriptedModel) -> None:
    thoughts = [
        chunk(choices=[{"index": 0, "delta": {"reasoning_content": text}, "finish_reason": None}])
        for text in ("Let me", " see")
    ]
    model.script = [*thoughts, *says("42")]
    playground.ask("What is the answer?")
    playground.expect_complete()
    expect(playground.answer).to_have_text("42")
    thinking = playground.turn.get_by_text("Let me see")
    expect(thinking).to_be_hidden()
    playground.turn.get_by_text("Thinking").click()
    expect(thinking).to_be_visible()
    playground.ask("And now?")
    expect(playground.page.get_by_role("article")).to_have_count(2)
    playground.expect_complete()
    assert model.bodies[1]["messages"][1] == {"role": "assistant", "content": "42"}


def test_a_cut_off_answer_says_so(playground: Playground, model: ScriptedModel) -> None:
    model.script = [chunk("And then"), chunk(finish="length"), usage(3, 2), encode(DONE)]
    playground.ask("Talk.")
    expect(playground.turn).to_contain_text("cut off at max_tokens")


def test_model_and_weights_are_named(playground: Playground) -> None:
    expect(playground.model).to_have_text("my-model, answered by weights.gguf")
    expect(playground.state).to_have_text("Ready")
    playground.ask("Hello")
    expect(playground.turn.get_by_role("heading", name="weights.gguf")).to_be_visible()


def test_who_scrolls_up_is_left_there(playground: Playground, model: ScriptedModel) -> None:
    first, second = Hold(), Hold()
    model.script = says("line\n" * 100, first, "line\n" * 100, second, "the end")
    playground.ask("Talk.")
    log = playground.page.get_by_role("log")
    end = "(node) => node.scrollHeight - node.scrollTop - node.clientHeight"
    expect(playground.answer).to_contain_text("line")
    playground.page.wait_for_function(
        f"({end})(document.getElementById('log')) < 2 && document.getElementById('log').scrollTop"
    )
    log.evaluate("(node) => { node.scrollTop = 0; }")
    first.release()
    second.release()
    playground.expect_complete()
    assert log.evaluate("(node) => node.scrollTop") == 0
