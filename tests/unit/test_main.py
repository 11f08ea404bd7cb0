"""The entry of the ``slm`` command."""

import signal
import subprocess
import sys

_INTERRUPTED_WHILE_LOADED = """
import importlib.abc, signal, sys

class CtrlC(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "slm.cli.plan":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, CtrlC())
sys.argv = ["slm", "--version"]
from slm.__main__ import main
main()
"""


def run(prelude: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", prelude + _INTERRUPTED_WHILE_LOADED]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_ctrl_c_while_it_is_loaded_ends_it_without_a_word() -> None:
    done = run("")
    assert done.returncode == -signal.SIGINT
    assert done.stdout + done.stderr == ""


def test_where_ctrl_c_is_ignored_it_goes_on() -> None:
    done = run("import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n")
    assert done.returncode == 0
    assert done.stdout.strip()
