"""What ``slm local`` says of a twin that is ready, whether it runs here or in the background."""

import json
import shlex
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import httpx

from slm import client
from slm.cli.own_key import if_refused
from slm.cli.render import Output
from slm.client import Target
from slm.local.models import LocalModel
from slm.local.state import TwinState
from slm.routes import CHAT_COMPLETIONS, INVOKE
from slm.settings import Settings

SAMPLE_PROMPT: Final = "What is the capital of France?"
_SAMPLE_TOKENS: Final = 64


async def ask_sample(
    state: TwinState,
    key_file: Path,
    output: Output,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> str:
    """Send one prompt through the gateway, and show the answer as it comes.

    Temperature 0: the likeliest answer is the best that a small model has.

    Args:
        state: How to reach the twin.
        key_file: Where its key is.
        output: Where to show it.
        transport: How requests are sent.

    Raises:
        SlmError: The twin does not answer.
    """
    target = Target(
        "The local twin",
        state.url,
        state.api_key,
        "Its log may say why.",
        if_refused(key_file),
    )
    parameters = {"temperature": 0, "max_new_tokens": _SAMPLE_TOKENS}
    output.line()
    output.fact("Prompt", SAMPLE_PROMPT)
    output.fact("Answer", "", end="")
    answer = ""
    request = {"prompt": SAMPLE_PROMPT, "parameters": parameters}
    try:
        async with aclosing(client.stream(target, request, transport=transport)) as events:
            async for event in events:
                if "token" in event:
                    output.piece(event["token"]["text"])
                else:
                    answer = event["generated_text"]
    finally:
        output.piece("\n")
    return answer


def tell_ready(
    state: TwinState, model: LocalModel, settings: Settings, answer: str | None, output: Output
) -> None:
    """What can be done now.

    Args:
        state: How to reach the twin.
        model: What answers.
        settings: What the deployed system would be.
        answer: The sample prompt's answer, if there was one.
        output: Where to say it.
    """
    if output.as_json:
        asked = None if answer is None else {"prompt": SAMPLE_PROMPT, "answer": answer}
        output.result({**asdict(state), "sample": asked, "curl": invoke_command(state)})
        return
    output.line()
    if model.is_default:
        output.line(
            f"{model.name} is tiny: it shows that everything works, and is often wrong.\n"
            "A bigger model here: make local ARGS='--model PATH.gguf', or --model owner/repository "
            "for one of the Hugging Face Hub."
        )
    output.line(f"Deployed to AWS, this API is answered by {settings.hf_model_id}.\n")
    output.fact("Playground", f"{state.url}/", "bold")
    output.fact("API key", state.api_key, "bold")
    output.fact("OpenAI", f"base_url {state.openai_base_url}, api_key as above")
    output.line(f"\n{invoke_command(state)}\n\n{chat_command(state)}\n")


def invoke_command(state: TwinState) -> str:
    """A line for the shell: ``POST /invoke`` with ``x-api-key``."""
    return _curl(
        state.url + INVOKE.path,
        f"x-api-key: {state.api_key}",
        {"prompt": SAMPLE_PROMPT, "parameters": {"temperature": 0}},
    )


def chat_command(state: TwinState) -> str:
    """A line for the shell: OpenAI's chat completions with a bearer token."""
    return _curl(
        state.url + CHAT_COMPLETIONS.path,
        f"Authorization: Bearer {state.api_key}",
        {"messages": [{"role": "user", "content": SAMPLE_PROMPT}], "temperature": 0},
    )


def _curl(url: str, key_header: str, body: dict[str, Any]) -> str:
    words = ["curl", url, "-H", "Content-Type: application/json", "-H", key_header]
    return shlex.join([*words, "-d", json.dumps(body)])
