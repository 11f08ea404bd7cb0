"""Why the model process ended, in words: what happened, what to do, what it wrote last."""

import os
import signal
from pathlib import Path
from typing import Final

_STATUS_HINTS: Final = {
    -signal.SIGKILL: "If you did not do it, memory ran out: take a smaller model or fewer slots.",
    -signal.SIGILL: "This processor lacks instructions that the engine was built for.",
}
"""Exit status -> what to do."""

_LOG_HINTS: Final = {
    "libgomp": "Install the OpenMP runtime: 'apt-get install libgomp1', or your system's like.",
    "corrupted or incomplete": "The file is incomplete: download it again.",
    "No module named 'xllamacpp'": "Run 'make local', which installs the engine.",
}
"""Words in the log -> what to do."""

_LINES_SHOWN: Final = 8
_TAIL_BYTES: Final = 4096


def crash_report(status: int, log_file: Path) -> str:
    """The report.

    Args:
        status: Exit status; negative for a signal's number.
        log_file: What the process wrote.
    """
    lines = _last_lines(log_file)
    hint = _STATUS_HINTS.get(status) or next(
        (hint for words, hint in _LOG_HINTS.items() if any(words in line for line in lines)),
        f"The whole log is in {log_file}.",
    )
    how = f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"
    return "\n  ".join([f"The model process ended {how}. {hint}", *lines])


def _last_lines(log_file: Path) -> list[str]:
    with log_file.open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
        text = log.read().decode(errors="replace")
    return [line for line in text.splitlines() if line.strip()][-_LINES_SHOWN:]
