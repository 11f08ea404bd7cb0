"""What a person is told when the model process ended."""

import signal
from pathlib import Path

import pytest

from slm.local.crash_report import crash_report


@pytest.mark.parametrize(
    ("status", "log", "words"),
    [
        (-signal.SIGKILL, "", ("by SIGKILL", "memory ran out")),
        (-signal.SIGILL, "", ("by SIGILL", "processor")),
        (1, "ImportError: libgomp.so.1: cannot open", ("with status 1", "libgomp1")),
        (1, "data is corrupted or incomplete", ("download it again",)),
        (1, "No module named 'xllamacpp'", ("make local",)),
        (1, "something else", ("something else", "model.log")),
    ],
)
def test_it_says_what_happened_and_what_to_do(
    status: int, log: str, words: tuple[str, ...], tmp_path: Path
) -> None:
    log_file = tmp_path / "model.log"
    log_file.write_text(log)
    report = crash_report(status, log_file)
    assert all(word in report for word in words)


def test_a_long_log_is_shown_from_its_end(tmp_path: Path) -> None:
    log_file = tmp_path / "model.log"
    log_file.write_text("".join(f"line {number}\n" for number in range(10_000)) + "\n\n")
    lines = crash_report(1, log_file).splitlines()
    assert lines[-1].strip() == "line 9999"
    assert len(lines) < 12
