"""The model server: llama.cpp in a process of its own, started, watched and ended from here.

A crash of the model takes nothing else with it, and its memory is given back by ending the
process. ``start`` returns when the model answers; ``supervise`` restarts it after crashes.
"""

import asyncio
import contextlib
import json
import os
import secrets
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, Literal

from slm.errors import SlmError
from slm.local.child_process import ChildProcess
from slm.local.crash_report import crash_report
from slm.local.model_server_process import ProcessOptions
from slm.local.models import LocalModel
from slm.local.options import DEFAULT_SLOTS

DEFAULT_CONTEXT_TOKENS: Final = 4096

MAX_THREADS: Final = 8
"""More threads than this wait for memory, not for each other."""

START_TIMEOUT_S: Final = 300
"""The default model loads in 1-2 s; one of 8 GB from a slow disk takes a minute or more."""

MAX_CRASHES: Final = 5
CRASH_WINDOW_S: Final = 60
"""This many crashes within this time: restarting does not help."""

BACKOFF_S: Final = (0.1, 0.5, 1.0, 2.0)
"""Wait before the first, second, ... restart within the window."""

_COMMAND: Final = (sys.executable, "-m", "slm.local.model_server_process")


class ModelState(Enum):
    """Where the model server is in its life."""

    LOADING = "loading"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class ServerEvent:
    """What ``supervise`` tells about.

    Attributes:
        kind: ``crashed``, ``restarted`` or ``gave_up``.
        message: For people.
    """

    kind: Literal["crashed", "restarted", "gave_up"]
    message: str


class ModelServer:
    """One model, served on 127.0.0.1 by a child process.

    The child ends when this process ends, however that happens. Call all methods from the
    thread that runs the event loop, and let it live as long as the server: Linux ends the
    child together with the thread that started it.

    Args:
        model: What to serve.
        alias: The model's name in answers.
        log_file: Where the child's output goes; emptied at the start. It has no
            prompts; a schema that llama.cpp cannot read may be quoted in it.
        slots: Requests that are answered at the same time.
        context_tokens: Prompt and answer together, for each slot. Memory for all of them is
            taken at the start: about 23 KB a token with the default model.
        threads: Compute threads; by default ``default_threads``.
        command: The child.
        start_timeout_s: Longest time to load the model.
        backoff_s: Waits before restarts.
    """

    def __init__(
        self,
        model: LocalModel,
        *,
        alias: str,
        log_file: Path,
        slots: int = DEFAULT_SLOTS,
        context_tokens: int = DEFAULT_CONTEXT_TOKENS,
        threads: int | None = None,
        command: Sequence[str] = _COMMAND,
        start_timeout_s: float = START_TIMEOUT_S,
        backoff_s: Sequence[float] = BACKOFF_S,
    ) -> None:
        self.api_key: Final = secrets.token_urlsafe(24)
        self.model: Final = model
        self._alias = alias
        self.log_file: Final = log_file
        self._slots = slots
        self._context_tokens = context_tokens
        self._threads = threads or default_threads(os.cpu_count() or 1)
        self._command = command
        self._start_timeout_s = start_timeout_s
        self._backoff_s = backoff_s
        self._child: ChildProcess | None = None
        self._stopping = asyncio.Event()
        self._state = ModelState.LOADING
        self._failure = ""
        self._url = ""

    @property
    def state(self) -> ModelState:
        """Where it is in its life."""
        return self._state

    @property
    def failure(self) -> str:
        """Why the model failed; empty as long as it has not."""
        return self._failure

    @property
    def url(self) -> str | None:
        """Where llama.cpp listens; None unless it is ready. The port may change at a restart."""
        return self._url if self._state is ModelState.READY else None

    @property
    def pid(self) -> int | None:
        """The child's process id, while there is one."""
        return self._child.pid if self._child is not None else None

    async def start(self) -> None:
        """Start the child and wait until the model answers.

        Raises:
            SlmError: The model cannot be loaded; the message has the log's last lines.
        """
        os.close(os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        try:
            await self._launch(port=0)
        except SlmError as error:
            self._state = ModelState.FAILED
            self._failure = error.message
            raise

    async def supervise(self, on_event: Callable[[ServerEvent], None]) -> None:
        """Restart the child whenever it ends by itself; returns after ``stop`` or giving up.

        Args:
            on_event: Is told of each crash, each restart, and of giving up.
        """
        crashes: deque[float] = deque()
        while (status := await self._ended()) is not None:
            self._state = ModelState.RESTARTING
            self._failure = crash_report(status, self.log_file)
            crashes.append(time.monotonic())
            while crashes[0] < crashes[-1] - CRASH_WINDOW_S:
                crashes.popleft()
            if len(crashes) >= MAX_CRASHES:
                self._state = ModelState.FAILED
                on_event(ServerEvent("gave_up", self._failure))
                return
            on_event(ServerEvent("crashed", self._failure))
            await self._pause(self._backoff_s[min(len(crashes), len(self._backoff_s)) - 1])
            if self._stopping.is_set():
                return
            # The old port first, so that an address that was given out stays true.
            port = int(self._url.rpartition(":")[2]) if len(crashes) == 1 else 0
            with contextlib.suppress(SlmError):  # the child has ended: the next round tells
                await self._launch(port)
                self._failure = ""
                on_event(ServerEvent("restarted", f"The model answers again at {self._url}."))

    async def stop(self) -> None:
        """End the child; ``supervise`` returns. Does nothing the second time."""
        self._stopping.set()
        self._state = ModelState.STOPPED
        if self._child is not None:
            await self._child.end()

    async def _launch(self, port: int) -> None:
        options = ProcessOptions(
            model_path=str(self.model.path),
            chat_template=self.model.chat_template or "",
            alias=self._alias,
            api_key=self.api_key,
            port=port,
            slots=self._slots,
            context_tokens=self._context_tokens,
            threads=self._threads,
        )
        self._child = child = await ChildProcess.spawn(self._command, self.log_file)
        try:
            async with asyncio.timeout(self._start_timeout_s):
                line = await child.ask(options.to_json())
        except TimeoutError:
            await child.end()
            raise SlmError(
                f"The model was not loaded within {self._start_timeout_s:g} s. "
                f"Try a smaller one, or look into {self.log_file}."
            ) from None
        except BaseException:
            await child.end()
            raise
        if not line:
            raise SlmError(crash_report(await child.wait(), self.log_file))
        self._url = json.loads(line)["url"]
        self._state = ModelState.READY

    async def _ended(self) -> int | None:
        """Wait for the child's end; its exit status, or None if ``stop`` ended it."""
        status = await self._child.wait() if self._child is not None else None
        return None if self._stopping.is_set() else status

    async def _pause(self, seconds: float) -> None:
        """Wait, or less if ``stop`` is called."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def default_threads(cpu_count: int) -> int:
    """Half of the processors (the others are often the same cores a second time), but two where
    there are two; at most MAX_THREADS.

    Tokens/s of one request (and of 4 together) on 2 cores with nothing else running: 2 threads
    give 90 (115), 1 thread 51 (66). Among other busy processes they are about equal, as long as
    threads do not spin for long (``model_server_process.limit_spinning``).
    """
    return min(MAX_THREADS, max(1, cpu_count // 2, min(2, cpu_count)))
