"""``slm invoke`` against the twin."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.twin_process import PATIENCE_S, Twin
from tests.integration.command import SLM, slm

PROMPT = "What is the capital of France?"
Ended = subprocess.CompletedProcess[str]
Invoke = Callable[..., Ended]

GREEDY = ("--temperature", "0", "--max-new-tokens", "30")


@pytest.fixture
def invoke(twin: Twin, tmp_path: Path) -> Invoke:
    """Runs ``slm invoke``."""

    def run(*arguments: str, stdin: str = "", key: str = twin.key) -> Ended:
        variables = {"SLM_URL": twin.url, "SLM_API_KEY": key}
        return slm(tmp_path, "invoke", *arguments, stdin=stdin, **variables)

    return run


@pytest.mark.parametrize("stream", [(), ("--stream",)])
def test_words(invoke: Invoke, stream: tuple[str, ...]) -> None:
    result = invoke(PROMPT, *GREEDY, *stream)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "The capital of France is Paris.\n"


def test_json_is_the_apis_own_answer(invoke: Invoke) -> None:
    result = invoke(PROMPT, *GREEDY, "--json")
    answer = json.loads(result.stdout)
    assert answer["generated_text"] == "The capital of France is Paris."
    assert answer["parameters"]["max_new_tokens"] == 30
    assert answer["details"]["finish_reason"] == "stop"


def test_json_events(invoke: Invoke) -> None:
    result = invoke(PROMPT, *GREEDY, "--json", "--stream")
    *tokens, last = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(tokens) > 1
    assert "".join(event["token"]["text"] for event in tokens) == last["generated_text"]


def test_a_prompt_from_standard_input(invoke: Invoke) -> None:
    result = invoke("-", *GREEDY, "--json", stdin=PROMPT)
    assert json.loads(result.stdout)["prompt"] == PROMPT


def test_the_apis_message_is_shown(invoke: Invoke) -> None:
    result = invoke("", *GREEDY)
    assert result.returncode == 1
    assert "Error: " in result.stderr
    assert "answered 400 Bad Request" in result.stderr
    assert "prompt" in result.stderr
    result = invoke("Hi", "--json", key="x" * 40)
    assert result.returncode == 1
    assert json.loads(result.stdout)["error"]["code"] == "invalid_api_key"


def test_nobody_answers(invoke: Invoke) -> None:
    result = invoke("Hi", "--url", "http://127.0.0.1:1")
    assert result.returncode == 1
    assert "Nothing answers at http://127.0.0.1:1" in result.stderr


def test_a_reader_that_goes_away(twin: Twin) -> None:
    command = f"{SLM} invoke 'Count to a thousand.' --stream | head -c 1"
    result = subprocess.run(
        ["sh", "-c", command],
        env=os.environ | {"SLM_URL": twin.url, "SLM_API_KEY": twin.key},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert len(result.stdout) == 1
    assert "Traceback" not in result.stderr
