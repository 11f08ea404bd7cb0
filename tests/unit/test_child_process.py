"""A child is asked, waited for and ended."""

import asyncio
import sys
from pathlib import Path

import pytest

from slm.local.child_process import ChildProcess
from tests.unit.serving import PATIENCE_S

pytestmark = pytest.mark.anyio

ECHO = """
import sys
print("heard", sys.stdin.readline().strip(), flush=True)
print("for the log", file=sys.stderr, flush=True)
sys.stdin.read()
"""

STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""


async def spawn(script: str, log_file: Path) -> ChildProcess:
    return await ChildProcess.spawn([sys.executable, "-c", script], log_file)


async def test_it_hears_a_line_and_answers_one(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_S):
        child = await spawn(ECHO, tmp_path / "log")
        assert child.pid is not None
        assert await child.ask("me") == b"heard me\n"
        await child.end()
        assert child.pid is None
        assert await child.wait() < 0
        await child.end()


async def test_what_it_writes_is_added_to_the_log(tmp_path: Path) -> None:
    log_file = tmp_path / "log"
    log_file.write_text("before\n")
    async with asyncio.timeout(PATIENCE_S):
        child = await spawn("import sys; print('after', file=sys.stderr)", log_file)
        assert await child.wait() == 0
        await child.end()
    assert log_file.read_text() == "before\nafter\n"


async def test_one_that_ended_answers_nothing(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_S):
        child = await spawn("raise SystemExit(3)", tmp_path / "log")
        assert await child.ask("x" * 1_000_000) == b""
        assert await child.wait() == 3
        await child.end()


async def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_S):
        child = await spawn(STUBBORN, tmp_path / "log")
        assert await child.ask("") == b"ready\n"
        await child.end(kill_after_s=0.2)
        assert child.pid is None
