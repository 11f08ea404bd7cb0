import io
import json
import shlex
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from slm.cli.render import Output
from slm.cli.twin_words import ask_sample, chat_command, invoke_command, tell_ready
from slm.client import ApiRefused
from slm.errors import Unauthorized, error_body
from slm.gateway.bodies import InvokeRequest
from slm.local.models import LocalModel
from slm.local.state import TwinState
from slm.settings import load_settings
from tests.unit.test_state import STATE

TINY = LocalModel(Path("tiny.gguf"), "tiny", is_default=True)
BIG = LocalModel(Path("big.gguf"), "big")


def told(
    model: LocalModel, *, as_json: bool = False, answer: str | None = None, state: TwinState = STATE
) -> str:
    stdout = io.StringIO()
    output = Output(as_json=as_json, stdout=stdout, stderr=io.StringIO())
    tell_ready(state, model, load_settings(), answer, output)
    return stdout.getvalue()


def body_of(command: str) -> dict[str, object]:
    words = shlex.split(command)
    body = json.loads(words[words.index("-d") + 1])
    assert isinstance(body, dict)
    return body


def test_what_can_be_done_now() -> None:
    words = told(TINY)
    for needed in (
        f"{STATE.url}/",
        STATE.api_key,
        STATE.openai_base_url,
        invoke_command(STATE),
        chat_command(STATE),
        "tiny is tiny",
        "--model PATH.gguf",
        load_settings().hf_model_id,
    ):
        assert needed in words


@pytest.mark.anyio
async def test_a_sample_that_is_refused_says_where_the_key_is_on_a_line_of_its_own() -> None:
    body = json.dumps(error_body(Unauthorized("no such key")))
    transport = httpx.MockTransport(lambda _: httpx.Response(401, text=body))
    stdout = io.StringIO()
    with pytest.raises(ApiRefused, match=r"remove folder/api_key and start again"):
        await ask_sample(
            STATE,
            Path("folder/api_key"),
            Output(as_json=False, stdout=stdout),
            transport=transport,
        )
    assert stdout.getvalue().endswith("\n")


def test_a_chosen_model_is_not_talked_down() -> None:
    assert "tiny" not in told(BIG)


@pytest.mark.parametrize("answer", [None, "Paris."])
def test_the_same_for_programs(answer: str | None) -> None:
    facts = json.loads(told(TINY, as_json=True, answer=answer))
    assert facts["url"] == STATE.url
    assert facts["curl"] == invoke_command(STATE)
    assert (facts["sample"] or {}).get("answer") == answer


def test_the_commands_are_one_line_of_shell_each() -> None:
    state = replace(STATE, api_key="it's-a-key-of-my-own-making")
    for command, header in (
        (invoke_command(state), f"x-api-key: {state.api_key}"),
        (chat_command(state), f"Authorization: Bearer {state.api_key}"),
    ):
        assert "\n" not in command
        words = shlex.split(command)
        assert words[0] == "curl"
        assert header in words
    assert set(body_of(invoke_command(state))) <= set(InvokeRequest.__struct_fields__)
    assert body_of(chat_command(state))["messages"]
