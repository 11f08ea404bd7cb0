"""What "This request as code" copies is run, and asks the model the same."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from tests.browser.playground import Playground
from tests.browser.scripted_model import ScriptedModel
from tests.browser.site import Site

TIMEOUT_S: Final = 60

NASTY: Final = 'it\'s "$HOME" `id` $(id) \\n \\ {x} ${y} %s 100 é \U0001f52c\n\ttwo\u2028lines #'

NODE_MODULES: Final = Path(__file__).parents[1] / "clients" / "node_modules"

COMMANDS: Final = {
    "curl": ["bash"],
    "Python": [sys.executable, "-"],
}
"""Language -> what runs its code from standard input."""


def copied(playground: Playground, language: str, *, with_key: bool = False) -> str:
    """The code of the present request."""
    playground.page.get_by_label("Put my key into it").set_checked(with_key)
    playground.button(language).click()
    expect(playground.button("Copied")).to_be_visible()
    return playground.clipboard()


def run(command: list[str], code: str, **environment: str) -> str:
    """What the code prints."""
    done = subprocess.run(
        command,
        input=code,
        env=os.environ | environment,
        text=True,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def fill_in(playground: Playground) -> None:
    """A conversation of two turns with every field set to something awkward."""
    page = playground.page
    page.get_by_label("System prompt").fill(NASTY)
    page.get_by_label("seed").fill("9007199254740991")
    page.get_by_label("stop").fill("a'b\n\\n\"")
    playground.ask(NASTY)
    playground.expect_complete()
    playground.ask("Go on.")
    expect(page.get_by_role("article")).to_have_count(2)
    playground.expect_complete()


def asked(body: dict[str, Any]) -> dict[str, Any]:
    """What the model was asked for."""
    return {name: value for name, value in body.items() if name != "stream_options"}


@pytest.mark.parametrize("with_key", [False, True], ids=["variable", "key inside"])
@pytest.mark.parametrize("language", COMMANDS)
def test_it_runs(
    playground: Playground, model: ScriptedModel, site: Site, language: str, with_key: bool
) -> None:
    fill_in(playground)
    code = copied(playground, language, with_key=with_key)
    assert (site.key in code) is with_key
    variable = {} if with_key else {"SLM_API_KEY": site.key}
    printed = run(COMMANDS[language], code, **variable)
    assert "Hello" in printed
    assert "world" in printed
    *_, by_page, by_code = model.bodies
    assert asked(by_code) == asked(by_page)


@pytest.mark.skipif(not NODE_MODULES.is_dir(), reason="npm's openai: run 'make test-clients'")
def test_the_node_code_runs(
    playground: Playground, model: ScriptedModel, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    fill_in(playground)
    module = tmp_path / "chat.mjs"
    module.write_text(copied(playground, "Node"))
    assert run(["node", str(module)], "", SLM_API_KEY=site.key) == "Hello world\n"
    *_, by_page, by_code = model.bodies
    assert asked(by_code) == asked(by_page)


def test_it_holds_what_is_typed_but_not_sent(
    playground: Playground, model: ScriptedModel, site: Site
) -> None:
    playground.prompt.fill("A draft")
    code = copied(playground, "curl", with_key=True)
    run(COMMANDS["curl"], code)
    assert model.bodies[-1]["messages"] == [{"role": "user", "content": "A draft"}]


def test_before_there_is_a_key(blank: Playground, site: Site) -> None:
    code = copied(blank, "Python", with_key=True)
    assert "os.environ" in code
    assert 'model="MODEL"' in code


def test_the_key_stays_out_unless_asked_for(playground: Playground, site: Site) -> None:
    for language in ("curl", "Python", "Node"):
        assert site.key not in copied(playground, language)
        expect(playground.button(language)).to_be_visible()
    playground.page.get_by_label("Put my key into it").check()
    playground.button("curl").click()
    expect(playground.page.get_by_text("It holds your key")).to_be_visible()
