import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from slm.cli.background import ended_by_ctrl_c
from slm.cli.render import Output
from slm.local.state import StateDirectory

TWIN = """
import signal, sys
from pathlib import Path
from slm.local.state import StateDirectory
with StateDirectory(Path(sys.argv[1])).claim():
    print("ready", flush=True)
    signal.pause()
"""


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path / ".slm")


@pytest.fixture
def twin(directory: StateDirectory) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the folder as a twin does, in a session of its own."""
    command = [sys.executable, "-c", TWIN, str(directory.path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_ctrl_c_leaves_no_twin(directory: StateDirectory, twin: "subprocess.Popen[str]") -> None:
    said = io.StringIO()
    output = Output(as_json=False, stdout=said)
    assert directory.pid() == twin.pid
    with pytest.raises(KeyboardInterrupt), ended_by_ctrl_c(directory, output):
        raise KeyboardInterrupt
    assert directory.pid() is None
    assert said.getvalue() == "\nInterrupted: the twin is stopped again.\n"


def test_ctrl_c_before_there_is_a_twin_says_nothing(directory: StateDirectory) -> None:
    said = io.StringIO()
    output = Output(as_json=False, stdout=said)
    with pytest.raises(KeyboardInterrupt), ended_by_ctrl_c(directory, output):
        raise KeyboardInterrupt
    assert said.getvalue() == ""
