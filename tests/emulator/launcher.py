"""Starts the emulator: ``python -m tests.emulator.launcher``, in ``.venv-emulator``.

Prints one line of JSON when it answers: its ``url``, and the ``environment`` that makes the
CDK command line, boto3 and ``slm`` use it. Serves until a signal or the end of its time.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.emulator.environment import aws_environment, emulator_environment

REPOSITORY: Final = Path(__file__).parents[2]

DEFAULT_LIFE_S: Final = 1800


def main() -> None:
    """Listen, set the environment that ministack reads when it is imported, and serve."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="emulator-") as folder, socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        environment = emulator_environment(port, Path(folder))
        os.environ.clear()
        os.environ.update(environment)
        tempfile.tempdir = folder
        asyncio.run(_serve(listener, options, Path(folder)))


async def _serve(listener: socket.socket, options: argparse.Namespace, folder: Path) -> None:
    from tests.emulator.server import running_emulator

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running_emulator(listener, with_model=not options.no_model) as url:
        environment = aws_environment(url, folder)
        ready = {"pid": os.getpid(), "url": url, "environment": environment}
        sys.stdout.write(f"{json.dumps(ready)}\n")
        sys.stdout.flush()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), options.life_s)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator.launcher")
    parser.add_argument("--life-s", type=float, default=DEFAULT_LIFE_S, help="seconds it lives")
    parser.add_argument("--no-model", action="store_true", help="load no model")
    return parser.parse_args()


if __name__ == "__main__":
    main()
