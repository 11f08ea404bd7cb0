"""What Linux tells of a process in ``/proc``: what it holds, and what it has left behind."""

import re
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_KIB = 1024


@dataclass(frozen=True)
class Holdings:
    """What a process holds.

    Attributes:
        threads: Its threads.
        descriptors: Its open files and sockets.
    """

    threads: int
    descriptors: int


def holdings(pid: int) -> Holdings:
    """What a process holds now."""
    process = _PROC / str(pid)
    return Holdings(
        threads=len(list((process / "task").iterdir())),
        descriptors=len(list((process / "fd").iterdir())),
    )


def resident_bytes(pid: int) -> int:
    """Memory that a process occupies."""
    status = (_PROC / str(pid) / "status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found[1]) * _KIB


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(child) for child in (_PROC / f"{pid}/task/{pid}/children").read_text().split()]
