"""The page as ``slm local`` serves it, with the real model."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.playground import Playground
from tests.clients.twin_process import Twin, running_twin, settled

STORY = "Tell me a long story about a lighthouse."
"""The small model goes on for thousands of tokens."""


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """A twin with the default settings."""
    with running_twin(tmp_path_factory.mktemp("twin"), {}) as twin:
        yield twin


@pytest.fixture
def playground(context: BrowserContext, twin: Twin) -> Iterator[Playground]:
    playground = Playground(context, twin.url)
    playground.open()
    playground.enter_key(twin.key)
    playground.page.get_by_label("temperature").fill("0")
    yield playground
    assert playground.faults == []


def test_a_question_and_another(playground: Playground, twin: Twin) -> None:
    expect(playground.state).to_have_text("Ready")
    expect(playground.model).to_contain_text(f"{twin.model}, answered by ")
    playground.ask("What is the capital of France?")
    playground.expect_complete()
    expect(playground.answer).to_contain_text("Paris")
    expect(playground.turn.locator(".foot")).to_contain_text("tokens/s")
    expect(playground.turn.locator(".foot")).not_to_contain_text("about")
    playground.ask("And of Italy?")
    expect(playground.page.get_by_role("article")).to_have_count(2)
    playground.expect_complete()
    expect(playground.answer).not_to_be_empty()


def test_max_tokens_cuts_it_off(playground: Playground) -> None:
    playground.page.get_by_label("max_tokens").fill("5")
    playground.ask(STORY)
    playground.expect_complete()
    expect(playground.turn).to_contain_text("5 tokens · cut off at max_tokens")


def test_stop_frees_the_slot(playground: Playground, twin: Twin) -> None:
    playground.page.get_by_label("max_tokens").fill("3000")
    playground.ask(STORY)
    expect(playground.answer).not_to_be_empty()
    assert twin.busy_slots() == 1
    playground.stop_button.click()
    expect(playground.status).to_have_text("Stopped.")
    expect(playground.answer).not_to_be_empty()
    assert settled(lambda: twin.busy_slots() == 0)
