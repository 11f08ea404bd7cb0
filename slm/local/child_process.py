"""A child that answers one line when it is ready, and is ended by closing its stdin."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

KILL_AFTER_S: Final = 5
"""A child that was asked to end and has not by then is killed."""


class ChildProcess:
    """A running child; made by ``spawn``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        # Pipes, since spawn asks for them.
        self._stdin = cast(asyncio.StreamWriter, process.stdin)
        self._stdout = cast(asyncio.StreamReader, process.stdout)

    @classmethod
    async def spawn(cls, command: Sequence[str], log_file: Path) -> "ChildProcess":
        """Start it; what it writes to stderr goes to the end of the file."""
        with log_file.open("ab") as log:
            return cls(
                await asyncio.create_subprocess_exec(
                    *command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    # Ctrl-C goes to all of a terminal's processes; this one we end ourselves.
                    start_new_session=True,
                )
            )

    @property
    def pid(self) -> int | None:
        """Its process id, as long as it runs."""
        return self._process.pid if self._process.returncode is None else None

    async def ask(self, line: str) -> bytes:
        """Write a line; its answer, or nothing if it ended."""
        with contextlib.suppress(ConnectionError):  # it has ended: reading tells
            self._stdin.write(line.encode() + b"\n")
            await self._stdin.drain()
        return await self._stdout.readline()

    async def wait(self) -> int:
        """Wait for its end; negative for a signal's number."""
        return await self._process.wait()

    async def end(self, *, kill_after_s: float = KILL_AFTER_S) -> None:
        """Terminate it, or kill it if that takes too long. Does nothing the second time."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(kill_after_s):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._stdin.close()
