"""``slm local --detach``: the same command in a process of its own."""

import asyncio
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import IO, Any, Final, cast

from slm.cli.local import STOP_TIMEOUT_S
from slm.cli.render import Output
from slm.cli.twin_words import ask_sample, tell_ready
from slm.commands import Commands
from slm.errors import SlmError
from slm.interrupts import interrupts_afterwards
from slm.local.model_server import START_TIMEOUT_S
from slm.local.options import TwinOptions
from slm.local.state import StateDirectory, TwinState
from slm.settings import Settings

_START_TIMEOUT_S: Final = START_TIMEOUT_S + 60
"""The model's own limit comes first, with a better message."""


def start_twin(
    settings: Settings,
    options: TwinOptions,
    directory: StateDirectory,
    output: Output,
    *,
    sample: bool,
) -> None:
    """Start a twin that goes on when this process and its terminal are gone.

    Args:
        settings: What the deployed system would be.
        options: What was chosen at the start.
        directory: Where its key, state and logs are.
        output: Where to speak.
        sample: Whether to send a sample prompt when it is ready.

    Raises:
        SlmError: It cannot start, for whatever reason the process gives.
    """
    with ended_by_ctrl_c(directory, output):
        with output.step("Twin") as step:
            state = _start(options, directory)
            step.result = f"{state.url}, in the background (process {state.pid})"
        with _left_running(state):
            answer = asyncio.run(ask_sample(state, directory.key_file, output)) if sample else None
    tell_ready(state, options.model, settings, answer, output)
    stop = Commands().slm("local stop")
    output.line(f"It prints into {directory.local_log}. '{stop}' ends it.")


@contextmanager
def ended_by_ctrl_c(directory: StateDirectory, output: Output) -> Iterator[None]:
    """Stop the twin at Ctrl-C, which does not reach its session: who gives up wants none.

    Args:
        directory: The twin's.
        output: Where to say it.
    """
    try:
        yield
    except KeyboardInterrupt:
        if directory.stop(timeout_s=STOP_TIMEOUT_S):
            output.line("\nInterrupted: the twin is stopped again.", "yellow")
        raise


@contextmanager
def _left_running(state: TwinState) -> Iterator[None]:
    """What fails from now on does not end the twin: say so."""
    try:
        yield
    except SlmError as error:
        raise SlmError(
            f"{error.message}\nThe twin runs all the same, at {state.url} (process {state.pid}). "
            f"'{Commands().slm('local stop')}' ends it.",
            param=error.param,
            code=error.code,
        ) from None


def _start(options: TwinOptions, directory: StateDirectory) -> TwinState:
    """Run ``slm local --json``; the one line that it prints tells how it went."""
    log = directory.open_log()
    process: subprocess.Popen[bytes] | None = None
    try:
        with interrupts_afterwards():
            process = subprocess.Popen(  # noqa: S603 (our own words only)
                _command(options),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        with cast(IO[bytes], process.stdout) as told:
            ready, _, _ = select.select([told], [], [], _START_TIMEOUT_S)
            line = told.readline() if ready else b""
            return _read(line, directory)
    except BaseException:  # Ctrl-C too: it does not reach the other session
        if process:
            process.terminate()
            process.wait()
        raise
    finally:
        os.close(log)


def _read(line: bytes, directory: StateDirectory) -> TwinState:
    if not line:
        raise SlmError(
            f"The background process did not start. Its output is in {directory.local_log}."
        )
    values: dict[str, Any] = json.loads(line)
    if "error" in values:
        raise SlmError(values["error"]["message"], code=values["error"]["code"])
    return TwinState(**{field.name: values[field.name] for field in fields(TwinState)})


def _command(options: TwinOptions) -> list[str]:
    command = [sys.executable, "-m", "slm", "local", "--json", "--no-sample"]
    command += ["--port", str(options.port), "--slots", str(options.slots)]
    if options.threads is not None:
        command += ["--threads", str(options.threads)]
    if not options.model.is_default:
        command += ["--model", str(options.model.path)]
    return command
