"""The ``slm`` command as a process."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Final

from tests.clients.twin_process import PATIENCE_S, PROGRAMS

SLM: Final = PROGRAMS / "slm"


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A command that runs until the context ends, at the latest."""
    process = subprocess.Popen(
        [SLM, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    impatience = Timer(PATIENCE_S, process.kill)
    impatience.start()
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)
        impatience.cancel()


def slm(
    folder: Path, *arguments: str, stdin: str = "", **variables: str
) -> "subprocess.CompletedProcess[str]":
    """A command that ends by itself.

    Args:
        folder: Its working directory.
        arguments: What follows ``slm``.
        stdin: What it reads.
        variables: Environment variables for it.
    """
    return subprocess.run(
        [SLM, *arguments],
        cwd=folder,
        env=os.environ | variables,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
