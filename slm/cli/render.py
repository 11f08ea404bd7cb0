"""How commands speak: words for people, or one JSON object for programs.

With ``--json`` standard output holds the result and nothing else; words go to standard
error. Colours, spinners and marks appear on a terminal only.
"""

import errno
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

import typer
from rich.console import Console
from rich.text import Text

from slm.cli.exit_codes import FAILED, INTERRUPTED, exit_code_of
from slm.errors import SlmError

_LABEL_WIDTH: Final = 12
_KEY_CHARS_SHOWN: Final = 4

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})

_CONTROL_CHARACTERS: Final = {
    code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"
}
"""What others wrote must not move the cursor, set colours or write to the clipboard."""


@dataclass
class Step:
    """Something under way.

    Attributes:
        result: What to say of it when it is done.
    """

    result: str = ""


class Output:
    """Where a command's words and its result go.

    Args:
        as_json: Whether the result is printed as JSON.
        stdout: Standard output.
        stderr: Standard error.
    """

    def __init__(
        self, *, as_json: bool, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self.as_json: Final = as_json
        self._stdout = stdout or sys.stdout
        self._stderr = stderr or sys.stderr
        words = self._stderr if as_json else self._stdout
        self._console = Console(file=words, highlight=False, soft_wrap=True)
        self._errors = Console(file=self._stderr, highlight=False, soft_wrap=True)

    def line(self, text: str = "", style: str = "") -> None:
        """A line of words, never wrapped: commands in it can be copied."""
        self._console.print(Text(_harmless(text), style))

    def fact(self, label: str, text: str, style: str = "", end: str = "\n") -> None:
        """A line with a label before it."""
        words = Text.assemble((f"{label:<{_LABEL_WIDTH}}", "dim"), (_harmless(text), style))
        self._console.print(words, end=end)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Something that takes a while: a spinner, then a line with its result and duration."""
        step = Step()
        started = time.monotonic()
        with self.waiting(title):
            yield step
        took = f" ({time.monotonic() - started:.1f} s)"
        self._console.print(
            Text.assemble(
                (f"{title:<{_LABEL_WIDTH}}", "green"), (step.result or "done"), (took, "dim")
            )
        )

    @contextmanager
    def waiting(self, title: str) -> Iterator[None]:
        """A spinner on a terminal, for as long as the context lasts; nothing is left of it."""
        with self._console.status(Text(title)):
            yield

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar of bytes on a terminal; the context gives what to call with bytes done."""
        # Imported here: few commands have bytes to show.
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (TextColumn(title), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        hidden = not self._console.is_terminal
        with Progress(*columns, console=self._console, transient=True, disable=hidden) as progress:
            task = progress.add_task(title, total=total)
            yield lambda done: progress.advance(task, done)

    def confirm(self, question: str) -> bool:
        """Ask; no where nobody can answer."""
        if sys.stdin is None or not sys.stdin.isatty():
            return False
        return typer.confirm(question, err=self.as_json)

    def piece(self, text: str) -> None:
        """A piece of the model's answer, at once."""
        stream = self._console.file
        stream.write(_harmless(text) if stream.isatty() else text)
        stream.flush()

    def result(self, values: Mapping[str, Any]) -> None:
        """The result, for programs."""
        self._stdout.write(json.dumps(values) + "\n")
        self._stdout.flush()

    def failure(self, error: SlmError) -> None:
        """What went wrong."""
        if self.as_json:
            facts = {"code": error.code or _snake_case(type(error).__name__), "param": error.param}
            self.result({"error": {"message": error.message, **facts}})
        else:
            self.error(error.message)

    def error(self, message: str) -> None:
        """What went wrong, on standard error whatever the form."""
        self._errors.print(Text.assemble(("Error: ", "bold red"), _harmless(message)))


@contextmanager
def reporting(*, as_json: bool) -> Iterator[Output]:
    """The frame of every command: its output, and its failures as message and exit status."""
    for stream in (sys.stdout, sys.stderr):
        # A model may answer in characters that the terminal's encoding lacks.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    output = Output(as_json=as_json)
    with _writing(output):
        try:
            yield output
        except SlmError as error:
            output.failure(error)
            raise typer.Exit(exit_code_of(error)) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None


@contextmanager
def _writing(output: Output) -> Iterator[None]:
    """A full disk, in words on standard error: standard output may be on it."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        # At the end Python would write again what could not be written, and fail again.
        with suppress(OSError), Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        output.error(
            f"{error.strerror}: what was to be written is not complete. What the command does may "
            "be done, so look before you repeat it."
        )
        raise typer.Exit(FAILED) from None


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _harmless(text: str) -> str:
    return text.translate(_CONTROL_CHARACTERS)


def masked(key: str) -> str:
    """A key as it may be shown."""
    return f"{key[:_KEY_CHARS_SHOWN]}…{key[-_KEY_CHARS_SHOWN:]}"
