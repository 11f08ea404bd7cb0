"""``slm local`` itself: the twin in this process, until Ctrl-C or a signal ends it."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from typing import Any, Final

import uvloop

from slm.cli.log_lines import log_lines
from slm.cli.render import Output
from slm.local.model_server import ServerEvent
from slm.local.options import TwinOptions
from slm.local.state import StateDirectory
from slm.local.twin import Twin, running_twin
from slm.settings import Settings

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_AFTER: Final = {
    "crashed": "It is restarted; until then requests are answered with 503.",
    "restarted": "",
    "gave_up": "It is not restarted any more: stop the twin, and mend the cause.",
}
"""Kind of event -> what follows from it."""


def run_twin(
    settings: Settings,
    options: TwinOptions,
    directory: StateDirectory,
    output: Output,
    *,
    sample: bool,
) -> None:
    """Run the twin until a signal ends it.

    Args:
        settings: What the deployed system would be.
        options: What was chosen at the start.
        directory: Where its key, state and logs are.
        output: Where to speak.
        sample: Whether to send a sample prompt when it is ready.

    Raises:
        AlreadyRunning: There is one in the folder.
        SlmError: It cannot start.
    """
    with directory.claim(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_signal(_run(settings, options, directory, output, sample)))
    output.line("Stopped.")


async def _run(
    settings: Settings,
    options: TwinOptions,
    directory: StateDirectory,
    output: Output,
    sample: bool,
) -> None:
    """Start, tell, and wait to be cancelled."""
    twin: Twin

    def on_event(event: ServerEvent) -> None:
        output.line(f"{event.message}\n{_AFTER[event.kind]}".rstrip(), "yellow")
        if event.kind == "restarted":
            directory.write(twin.state())

    async with AsyncExitStack() as stack:
        with output.step("Twin") as step:
            twin = await stack.enter_async_context(
                running_twin(settings, options, directory, on_event)
            )
            step.result = f"{twin.gateway_url}, {options.slots} requests at the same time"
        # Imported here: while the model was loading, its HTTP client was imported already.
        from slm.cli.twin_words import ask_sample, tell_ready

        state = twin.state()
        directory.write(state)
        answer = await ask_sample(state, directory.key_file, output) if sample else None
        tell_ready(state, options.model, settings, answer, output)
        output.line("Ctrl-C stops it.")
        stack.enter_context(log_lines(output, settings.log_level))
        await asyncio.Event().wait()


async def _until_signal(running: Coroutine[Any, Any, None]) -> None:
    """Cancel at the first signal, and let it clean up undisturbed by a second one."""
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(running)
    signals = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]

    def stop() -> None:
        for number in signals:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
        task.cancel()

    for number in signals:
        loop.add_signal_handler(number, stop)
    with suppress(asyncio.CancelledError):
        await task
