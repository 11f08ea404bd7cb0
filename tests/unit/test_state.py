import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from slm.errors import SlmError
from slm.local.state import AlreadyRunning, StateDirectory, TwinState
from slm.settings import Settings

PATIENCE_S = 30

STATE = TwinState(
    pid=os.getpid(),
    url="http://127.0.0.1:1",
    openai_base_url="http://127.0.0.1:1/v1",
    api_key="k" * 40,
    endpoint_name="endpoint",
    sagemaker_url="http://127.0.0.1:2",
    model_url="http://127.0.0.1:3",
    model_api_key="m",
    weights="tiny",
    plans={"default": dict(Settings().usage_plans()["default"])},
)

OTHER_TWIN = """
import signal, sys
from pathlib import Path
from slm.local.state import StateDirectory
signal.signal(signal.SIGTERM, {handler})
with StateDirectory(Path(sys.argv[1])).claim():
    print("claimed", flush=True)
    sys.stdin.read()
"""
LISTENS = "lambda *_: sys.exit(0)"
IS_STUBBORN = "signal.SIG_IGN"


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / ".slm")


@contextmanager
def other_twin(directory: StateDirectory, handler: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that is the twin of the folder."""
    command = [sys.executable, "-c", OTHER_TWIN.format(handler=handler), directory.path]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"claimed\n"
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_written_is_read_and_nobody_elses(directory: StateDirectory) -> None:
    with directory.claim():
        assert directory.read() is None  # starting
        directory.write(STATE)
        assert directory.read() == STATE
        directory.write(replace(STATE, model_url="http://127.0.0.1:4"))
        assert directory.read() == replace(STATE, model_url="http://127.0.0.1:4")
        os.close(directory.open_log())
        directory.api_key()
        assert mode_of(directory.path) == 0o700
        for file in directory.path.iterdir():
            assert mode_of(file) == 0o600, file
        assert {file.name for file in directory.path.iterdir()} == {
            "api_key",
            "local.json",
            "local.log",
            "lock",
        }


def test_it_is_gone_when_the_twin_is(directory: StateDirectory) -> None:
    with directory.claim():
        directory.write(STATE)
        assert directory.pid() == os.getpid()
    assert directory.pid() is None
    assert directory.read() is None
    assert not (directory.path / "local.json").exists()


def test_the_folder_becomes_private_if_it_was_not(directory: StateDirectory) -> None:
    directory.path.mkdir(mode=0o755)
    with directory.claim():
        assert mode_of(directory.path) == 0o700


def test_a_second_twin_is_refused_with_what_to_do(directory: StateDirectory) -> None:
    with directory.claim():
        with pytest.raises(AlreadyRunning, match="is starting"), directory.claim():
            pass
        directory.write(STATE)
        with pytest.raises(AlreadyRunning, match=f"{STATE.url} .*slm local stop"):
            directory.check_free()
        assert directory.read() == STATE  # the refused one has left it alone
    directory.check_free()


def test_what_a_killed_twin_left_is_not_believed(directory: StateDirectory) -> None:
    with other_twin(directory, LISTENS) as process:
        directory.write(replace(STATE, pid=process.pid))
        assert directory.pid() == process.pid
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE_S)
        assert (directory.path / "local.json").exists()
        assert directory.read() is None
        assert directory.pid() is None
        assert not directory.stop(timeout_s=PATIENCE_S)
        with directory.claim():
            assert not (directory.path / "local.json").exists()


def test_stop_waits_for_the_end(directory: StateDirectory) -> None:
    with other_twin(directory, LISTENS) as process:
        assert directory.stop(timeout_s=PATIENCE_S)
        assert process.wait(PATIENCE_S) == 0
        assert not directory.stop(timeout_s=PATIENCE_S)


def test_stop_says_so_if_it_does_not_end(directory: StateDirectory) -> None:
    with (
        other_twin(directory, IS_STUBBORN) as process,
        pytest.raises(SlmError, match=f"kill -9 {process.pid}"),
    ):
        directory.stop(timeout_s=0.1)


def test_nothing_runs_where_nothing_ever_ran(directory: StateDirectory) -> None:
    assert directory.pid() is None
    assert directory.read() is None
    assert not directory.stop(timeout_s=1)
    assert not directory.path.exists()


def test_a_state_file_of_another_version_is_no_state(directory: StateDirectory) -> None:
    with directory.claim():
        (directory.path / "local.json").write_text('{"url": "http://127.0.0.1:1"}')
        assert directory.read() is None
        (directory.path / "local.json").write_text("{")
        assert directory.read() is None


def test_the_key_survives_and_stays_private(directory: StateDirectory) -> None:
    with directory.claim():
        key = directory.api_key()
    (directory.path / "api_key").chmod(0o644)
    with directory.claim():
        assert directory.api_key() == key
    assert mode_of(directory.path / "api_key") == 0o600


@pytest.mark.parametrize("text", ["", "short", "x" * 200, "ä" * 40, "a\0" * 20])
def test_a_key_that_api_gateway_would_not_take(directory: StateDirectory, text: str) -> None:
    directory.path.mkdir()
    (directory.path / "api_key").write_text(text, encoding="utf-8")
    with pytest.raises(SlmError, match=r"api_key must hold 20 to 128 .* Remove it"):
        directory.api_key()


def test_a_key_file_that_is_no_text(directory: StateDirectory) -> None:
    directory.path.mkdir()
    (directory.path / "api_key").write_bytes(b"\xff" * 40)
    with pytest.raises(SlmError, match=r"cannot be read \(it is no text\)\. Remove it"):
        directory.api_key()


def test_a_key_file_that_is_a_folder(directory: StateDirectory) -> None:
    directory.key_file.mkdir(parents=True)
    with pytest.raises(SlmError, match=r"cannot be read \(Is a directory\)\. Remove it"):
        directory.api_key()


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / ".slm").write_text("a file")
    directory = StateDirectory(tmp_path / ".slm")
    with pytest.raises(SlmError, match="cannot be used"), directory.claim():
        pass
    with pytest.raises(SlmError, match="cannot be used"):
        directory.open_log()


def test_a_lock_without_a_name(directory: StateDirectory) -> None:
    started = time.monotonic()
    with directory.claim():
        (directory.path / "lock").write_text("")
        with pytest.raises(SlmError, match="does not say by whom"):
            directory.pid()
    assert time.monotonic() - started < PATIENCE_S
