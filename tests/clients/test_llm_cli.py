"""The ``llm`` command."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.conftest import QUESTION
from tests.clients.twin_process import PATIENCE_S, Twin

LLM = Path(sys.executable).with_name("llm")

Llm = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def llm(twin: Twin, model: str, tmp_path_factory: pytest.TempPathFactory) -> Llm:
    """The command, with the twin as its model ``slm``."""
    home = tmp_path_factory.mktemp("llm")
    (home / "extra-openai-models.yaml").write_text(
        f"- model_id: slm\n"
        f"  model_name: {model}\n"
        f"  api_base: {twin.base_url}\n"
        f"  api_key_name: slm\n"
    )

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [LLM, *arguments],
            env=os.environ | {"LLM_USER_PATH": str(home)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    assert run("keys", "set", "slm", "--value", twin.key).returncode == 0
    return run


def test_lists_the_model(llm: Llm) -> None:
    assert "slm" in llm("models", "list").stdout


@pytest.mark.parametrize("how", [(), ("--no-stream",)])
def test_answers(llm: Llm, how: tuple[str, ...]) -> None:

    done = llm("-m", "slm", *how, "-o", "temperature", "0", QUESTION)

    assert done.returncode == 0, done.stderr
    assert "Paris" in done.stdout


def test_says_that_a_key_is_wrong(llm: Llm) -> None:
    done = llm("-m", "slm", "--key", "wrong" * 8, QUESTION)

    assert done.returncode == 1
    assert "API key is unknown" in done.stderr


def test_says_which_option_is_wrong(llm: Llm) -> None:
    done = llm("-m", "slm", "-o", "presence_penalty", "1", QUESTION)

    assert done.returncode == 1
    assert "presence_penalty" in done.stderr
