"""Servers as child processes: started, watched in /proc, and ended whatever happens."""

import io
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

START_TIMEOUT_S: Final = 120
_STOP_TIMEOUT_S: Final = 10
_MIB: Final = 1024 * 1024


@dataclass(frozen=True)
class Child:
    """A running process.

    Attributes:
        pid: Its id; it leads a process group of its own.
        stdin: Where to write to it.
        stdout: What it says; nothing where that goes to the log.
    """

    pid: int
    stdin: IO[str]
    stdout: IO[str]

    def cpu_s(self) -> float:
        """CPU time of it and its descendants so far, in user and kernel."""
        return sum(map(_cpu_s, self._family()))

    def memory_mib(self) -> float:
        """Resident memory of it and its descendants."""
        return sum(_memory_mib(pid, "VmRSS") for pid in self._family())

    def peak_memory_mib(self) -> float:
        """The most resident memory that it and its descendants ever held."""
        return sum(_memory_mib(pid, "VmHWM") for pid in self._family())

    def _family(self) -> list[int]:
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    waiting += map(int, children.read_text().split())
                except OSError:  # the thread has ended
                    continue
        return found


@contextmanager
def child(
    command: Sequence[str],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    logs_output: bool = False,
) -> Iterator[Child]:
    """A process for as long as the context lasts.

    Args:
        command: Program and arguments.
        log: File for its standard error.
        environment: What is added to ours.
        folder: Where it runs.
        logs_output: Whether standard output goes to the log too.
    """
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=errors if logs_output else subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    assert process.stdin is not None
    output = process.stdout or io.StringIO()
    try:
        yield Child(process.pid, process.stdin, output)
    finally:
        process.stdin.close()
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, how)
                process.wait(_STOP_TIMEOUT_S)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        output.close()
        process.wait(_STOP_TIMEOUT_S)


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def wait_for_port(port: int, log: Path) -> None:
    """Wait until someone listens.

    Raises:
        TimeoutError: Nobody does.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}; see {log}")


def machine() -> dict[str, str]:
    """What this runs on, for the report."""
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {
        "processor": model[1] if model else "unknown",
        "cores": str(os.cpu_count()),
        "memory": f"{int(memory[1]) / _MIB:.0f} GiB" if memory else "unknown",
        "system": f"{os.uname().sysname} {os.uname().release}",
    }


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process.

    Of its threads to the nanosecond, for the ticks of /proc/pid/stat are coarse; by these ticks
    where they tell of more, for they have the threads that have ended too.
    """
    nanoseconds = 0
    for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            nanoseconds += int(file.read_text().split()[0])
        except OSError:  # the thread has ended
            continue
    return max(nanoseconds / 1e9, _cpu_ticks_s(pid))


def _cpu_ticks_s(pid: int) -> float:
    """``utime`` and ``stime`` of proc(5); 0 when the process has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    # The name, which may hold spaces, ends with the last bracket; the state is the third field.
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _memory_mib(pid: int, name: str) -> float:
    """A figure of /proc/pid/status; 0 when the process has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(rf"{name}:\s*(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0
