"""What goes wrong is said in words, and nothing is lost by it."""

import pytest
from playwright.sync_api import BrowserContext, expect

from slm.errors import (
    ContextLengthExceeded,
    EndpointUnavailable,
    ModelFailed,
    ModelOverloaded,
    SlmError,
)
from slm.gateway.backend import EndpointStatus
from slm.settings import Settings
from tests.browser.playground import Playground
from tests.browser.scripted_model import Hold, ScriptedModel, says
from tests.browser.site import Site, site_with
from tests.unit.fakes import chunk


@pytest.mark.parametrize(
    ("error", "headline", "advice"),
    [
        (ModelOverloaded("All slots are taken."), "The model is busy.", "Try again in 5 s."),
        (EndpointUnavailable("It is stopped."), "The model is not available.", "It is stopped."),
        (ModelFailed("Out of memory."), "The model failed.", "Out of memory."),
        (
            ContextLengthExceeded("Too many tokens."),
            "The conversation no longer fits the model.",
            "Too many tokens.",
        ),
        (RuntimeError("secret"), "That did not work.", "Internal error."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_before_the_answer(
    playground: Playground,
    model: ScriptedModel,
    error: SlmError | RuntimeError,
    headline: str,
    advice: str,
) -> None:
    model.script = [error]
    playground.ask("Hello")
    expect(playground.problem).to_contain_text(headline)
    expect(playground.problem).to_contain_text(advice)
    expect(playground.status).to_have_text(headline)
    expect(playground.send_button).to_be_visible()


def test_an_error_in_the_midst_keeps_the_text(playground: Playground, model: ScriptedModel) -> None:
    model.script = [chunk("So far"), chunk(" so good"), ModelFailed("The GPU fell off.")]
    playground.ask("Hello")
    expect(playground.problem).to_have_text("The answer broke off. The GPU fell off.")
    expect(playground.answer).to_have_text("So far so good")


def test_an_answer_that_breaks_off_keeps_the_text(
    playground: Playground, model: ScriptedModel
) -> None:
    model.script = [chunk("So far")]
    playground.ask("Hello")
    expect(playground.problem).to_contain_text("broke off")
    expect(playground.answer).to_have_text("So far")


def test_a_lost_connection_keeps_the_text(
    playground: Playground, model: ScriptedModel, site: Site
) -> None:
    model.script = says("So far", Hold())
    playground.ask("Hello")
    expect(playground.answer).to_have_text("So far")
    site.server.stop()
    expect(playground.problem).to_contain_text("The connection was lost.")
    expect(playground.answer).to_have_text("So far")
    expect(playground.state).to_have_text("Unreachable")


def test_a_server_that_is_gone(playground: Playground, site: Site) -> None:
    site.server.stop()
    playground.ask("Hello")
    expect(playground.problem).to_contain_text("The connection was lost.")
    expect(playground.page.get_by_text("The server cannot be reached.")).to_be_visible()


def test_try_again_asks_the_same(playground: Playground, model: ScriptedModel) -> None:
    model.script = [ModelOverloaded("All slots are taken.")]
    playground.ask("Hello")
    expect(playground.problem).to_be_visible()
    model.script = says("Here I am.")
    playground.button("Try again").click()
    expect(playground.answer).to_have_text("Here I am.")
    expect(playground.page.get_by_role("article")).to_have_count(1)
    assert model.bodies[0]["messages"] == model.bodies[1]["messages"]


def test_a_question_without_an_answer_is_not_sent_along(
    playground: Playground, model: ScriptedModel
) -> None:
    model.script = [ModelFailed("No.")]
    playground.ask("First")
    expect(playground.problem).to_be_visible()
    model.script = says("Yes.")
    playground.ask("Second")
    playground.expect_complete()
    assert [message["content"] for message in model.bodies[1]["messages"]] == ["Second"]


def test_over_the_rate(context: BrowserContext, model: ScriptedModel) -> None:
    with site_with(model, settings=Settings(rate_limit=0.001, burst_limit=1)) as site:
        playground = Playground(context, site.url)
        playground.open()
        playground.enter_key(site.key)
        playground.ask("Hello")
        expect(playground.problem).to_contain_text("Too many requests.")
        expect(playground.problem).to_contain_text("Try again in 1 s.")
        assert playground.faults == []


def test_over_the_quota(context: BrowserContext, model: ScriptedModel) -> None:
    with site_with(model, settings=Settings(quota=1)) as site:
        playground = Playground(context, site.url)
        playground.open()
        playground.enter_key(site.key)
        playground.ask("Hello")
        expect(playground.problem).to_contain_text("The quota of this key is used up.")
        expect(playground.problem).to_contain_text("Try again in 60 min.")
        assert playground.faults == []


@pytest.mark.parametrize(
    ("status", "word", "advice"),
    [
        ("Creating", "Starting", "being created"),
        ("NotFound", "Stopped", "it is stopped or was never created"),
        ("Failed", "Failed", "slm status"),
    ],
)
def test_the_state_of_the_endpoint(
    context: BrowserContext,
    site: Site,
    model: ScriptedModel,
    status: str,
    word: str,
    advice: str,
) -> None:
    model.status = EndpointStatus(status)
    playground = Playground(context, site.url)
    playground.open()
    expect(playground.state).to_have_text(word)
    expect(playground.page.locator("#notice")).to_contain_text(advice)
    assert playground.faults == []


def test_the_state_is_asked_again_until_it_is_ready(
    context: BrowserContext, site: Site, model: ScriptedModel
) -> None:
    model.status = EndpointStatus("Creating")
    playground = Playground(context, site.url)
    playground.page.clock.install()
    playground.open()
    expect(playground.state).to_have_text("Starting")
    model.status = EndpointStatus("InService")
    playground.page.clock.run_for(15_000)
    expect(playground.state).to_have_text("Ready")
    expect(playground.page.locator("#notice")).to_be_hidden()
