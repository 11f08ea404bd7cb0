"""The twin's log in the terminal: a line a request, and whatever goes wrong."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from slm.cli.render import Output

_GATEWAY: Final = "slm.gateway"


@contextmanager
def log_lines(output: Output, level: str) -> Iterator[None]:
    """Show the log, for as long as the context lasts.

    Args:
        output: Where.
        level: The setting ``log_level``.
    """
    handler = _Handler(output)
    root, gateway = logging.getLogger(), logging.getLogger(_GATEWAY)
    level_before = gateway.level
    gateway.setLevel(level)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        gateway.setLevel(level_before)


class _Handler(logging.Handler):
    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record of ``slm.gateway.request_log``, or another."""
        # A full disk, say: requests go on. What is not written now comes out with a later line.
        with suppress(OSError):
            self._print(record)

    def _print(self, record: logging.LogRecord) -> None:
        request: Mapping[str, Any] | None = getattr(record, "line", None)
        if request is None:
            self._output.line(self.format(record), "yellow")
            return
        time = logging.Formatter("", "%H:%M:%S").formatTime(record, "%H:%M:%S")
        self._output.line(f"{time} {request_line(request)}", "dim")


def request_line(request: Mapping[str, Any]) -> str:
    """A request in short: what, its outcome, tokens and duration."""
    parts = [f"{request['method']} {request['path']}", str(request["status"])]
    if request["error"]:
        parts.append(request["error"])
    if request["generated_tokens"] is not None:
        parts.append(f"{request['generated_tokens']} tokens")
    parts.append(f"{request['duration_ms'] / 1000:.2f} s")
    return "  ".join(parts)
