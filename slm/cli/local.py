"""``slm local``: the whole system on this machine, with a real model."""

from typing import Annotated, Final

import typer

from slm.cli.exit_codes import EXPLANATION
from slm.cli.options import JsonOption
from slm.cli.render import reporting
from slm.local.options import DEFAULT_PORT, DEFAULT_SLOTS, TwinOptions

STOP_TIMEOUT_S: Final = 20

_MEGABYTE: Final = 1_000_000

app = typer.Typer(invoke_without_command=True, epilog=EXPLANATION)


@app.callback()
def local(
    context: typer.Context,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the API; 0 finds a free one.")
    ] = DEFAULT_PORT,
    model: Annotated[
        str | None,
        typer.Option(
            help="A GGUF file, or a Hugging Face repository as owner/name or owner/name:file.gguf; "
            "by default a tiny one that is installed."
        ),
    ] = None,
    slots: Annotated[
        int, typer.Option(min=1, max=128, help="Requests that are answered at the same time.")
    ] = DEFAULT_SLOTS,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Compute threads; by default as many as suit.")
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Run in the background; 'slm local stop' ends it.")
    ] = False,
    sample: Annotated[bool, typer.Option(help="Send a sample prompt when it is ready.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Run the whole system on this machine.

    Gateway, SageMaker runtime and a real model: everything listens on 127.0.0.1. How to reach it
    stands in .slm/local.json while it runs. Ctrl-C ends all of it. For macOS and Linux; on Windows
    use WSL.
    """
    if context.invoked_subcommand is not None:
        return
    with reporting(as_json=as_json) as output:
        # Imported here: it takes longer than the help text.
        from slm.local.models import find_model
        from slm.local.state import StateDirectory
        from slm.settings import load_settings

        settings = load_settings()
        directory = StateDirectory()
        directory.check_free()
        with output.step("Model") as step:
            found = find_model(model)
            step.result = f"{found.name}, {found.path.stat().st_size / _MEGABYTE:,.0f} MB"
        options = TwinOptions(found, port, slots, threads)
        if detach:
            from slm.cli.background import start_twin

            start_twin(settings, options, directory, output, sample=sample)
        else:
            from slm.cli.foreground import run_twin

            run_twin(settings, options, directory, output, sample=sample)


@app.command(epilog=EXPLANATION)
def stop(as_json: JsonOption = False) -> None:
    """End the twin of this folder, and wait until it has ended."""
    with reporting(as_json=as_json) as output:
        from slm.local.state import StateDirectory

        with output.waiting("Stopping"):
            stopped = StateDirectory().stop(timeout_s=STOP_TIMEOUT_S)
        if as_json:
            output.result({"stopped": stopped})
        else:
            output.line("Stopped." if stopped else "No twin runs in this folder.")
