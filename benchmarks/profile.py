"""Where the gateway's CPU time goes, by part: samples of its stack while it streams."""

import re
import subprocess
import threading
from asyncio import run
from collections import Counter
from pathlib import Path
from typing import Final

from benchmarks import contenders
from benchmarks.sections import PACE_MS, TOKENS, Bench
from slm.bench.load import Load, run_load

PY_SPY: Final = contenders.ROOT / ".venv-bench" / "bin" / "py-spy"
CLIENTS: Final = 16
SECONDS: Final = 6

_PARTS: Final = (
    (r"\b(send|recv)\b", "reading and writing sockets"),
    (r"slm/gateway/(http_|event_stream|aws_|backend)", "SageMaker client: HTTP, event stream"),
    (r"slm/gateway/(sse|generation|streaming|openai_api|invoke)", "events, token by token"),
    (r"slm/gateway|slm/", "the rest of the gateway: checks, log"),
    (r"httptools|uvicorn/", "HTTP server (uvicorn, httptools)"),
    (r"starlette/", "routing (Starlette)"),
    (r"msgspec", "JSON (msgspec)"),
    (r"asyncio|_asyncio|selectors", "event loop (asyncio)"),
    (r"gc_collect|gc_", "garbage collection"),
)
"""What a frame matches -> the part it belongs to; the first that fits."""

_WAITING: Final = re.compile(r"epoll_wait|select_epoll_poll")
"""Innermost frames of a loop that has nothing to do; left out."""

_OTHER: Final = "Python itself and other libraries"


def gateway(bench: Bench) -> None:
    """Sample it during streams at PACE_MS a token."""
    if bench.results.has("profile", "gateway", "streamed", 0):
        return
    raw = bench.logs / "profile.raw"
    with (
        contenders.stub(bench.logs, PACE_MS) as model,
        contenders.gateway(bench.logs, model.server.url) as ours,
    ):
        load = Load(CLIENTS, True, TOKENS, ("Hi",), seconds=SECONDS + 2)
        busy = threading.Thread(target=lambda: run(run_load(ours.server, load)))
        busy.start()
        command = [str(PY_SPY), "record", "--native", "--rate", "300", "--format", "raw"]
        options = ["--duration", str(SECONDS), "--output", str(raw), "--pid", str(ours.process.pid)]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        busy.join()
    if done.returncode != 0:
        bench.say(f"no profile: {done.stderr.strip() or done.stdout.strip()}")
        return
    shares = shares_of(raw)
    bench.results.add("profile", "gateway", "streamed", 0, {"shares": shares})
    bench.say(f"profile {shares}")


def shares_of(raw: Path) -> dict[str, float]:
    """Share of each part in the samples, by the innermost frame that belongs to one."""
    counts: Counter[str] = Counter()
    for line in raw.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not _WAITING.search(frames[-1]):
            counts[_part_of(frames)] += int(count)
    total = sum(counts.values())
    return {part: round(count / total, 3) for part, count in counts.most_common()}


def _part_of(frames: list[str]) -> str:
    for frame in reversed(frames):
        for pattern, part in _PARTS:
            if re.search(pattern, frame):
                return part
    return _OTHER
