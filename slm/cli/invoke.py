"""``slm invoke``: a prompt in, the model's answer out."""

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slm.cli.options import (
    KEY_VARIABLE,
    DeployedOption,
    JsonOption,
    KeyEnvOption,
    ProfileOption,
    RegionOption,
    UrlOption,
)
from slm.cli.render import Output, reporting
from slm.cli.standard_input import standard_input
from slm.wrong_usage import WrongUsage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


def invoke(
    prompt: Annotated[str, typer.Argument(help="The prompt; '-' reads it from standard input.")],
    *,
    stream: Annotated[
        bool, typer.Option("--stream", help="Print the answer as the model writes it.")
    ] = False,
    max_new_tokens: Annotated[
        int | None, typer.Option(min=1, help="Longest answer, in tokens.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=2, help="0 always gives the likeliest answer.")
    ] = None,
    url: UrlOption = None,
    key_env: KeyEnvOption = KEY_VARIABLE,
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the model.

    Calls the twin that runs in this folder, unless SLM_URL is set or an option names another API.
    With --json the API's own answer is printed; with --stream too, one event a line.
    """
    with reporting(as_json=as_json) as output:
        parameters = {"max_new_tokens": max_new_tokens, "temperature": temperature}
        request = {
            "prompt": _text_of(prompt),
            "parameters": {name: value for name, value in parameters.items() if value is not None},
        }
        # Imported here: an HTTP client takes longer than the help text.
        import asyncio

        from slm import client
        from slm.cli.targets import choose_target

        with output.waiting("Finding the API"):
            target = choose_target(
                url=url, key_variable=key_env, stack=stack, profile=profile, region=region
            )
        if stream:
            asyncio.run(_print_stream(client.stream(target, request), output))
            return
        with output.waiting("The model is writing"):
            answer = asyncio.run(client.invoke(target, request))
        if as_json:
            output.result(answer)
        else:
            output.piece(f"{answer['generated_text']}\n")


def _text_of(prompt: str) -> str:
    """The prompt, or what standard input has for ``-``.

    Raises:
        WrongUsage: It is no text, or there is no input.
    """
    try:
        if prompt != "-":
            return os.fsencode(prompt).decode()  # undoes what Python made of other bytes
        return standard_input("give the prompt as an argument").read().decode()
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise WrongUsage(
            f"The prompt is not UTF-8 text: byte {error.start + 1} is 0x{byte:02x}. Convert it, "
            "for example with 'iconv -f latin1 -t utf-8'."
        ) from None


async def _print_stream(events: "AsyncGenerator[dict[str, Any], None]", output: Output) -> None:
    """Each event as it comes: its text, or all of it as JSON."""
    from contextlib import aclosing

    # Closed here: whoever reads our output may go away in the midst of it.
    async with aclosing(events):
        async for event in events:
            if output.as_json:
                output.result(event)
            elif "token" in event:
                output.piece(event["token"]["text"])
            else:
                output.piece("\n")
