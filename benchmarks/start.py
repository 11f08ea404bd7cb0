"""How long things take to start: the function, and the commands.

The function is started by its own ``run.sh`` as the Lambda Web Adapter starts it, and asked over
HTTP as the adapter asks; the adapter's own binary is not in the measurement.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import contenders
from benchmarks.processes import child, free_port
from benchmarks.sections import Bench
from slm.limits import MAX_BODY_BYTES
from slm.routes import CHAT_COMPLETIONS, HEALTH, OPENAPI

STARTS: Final = 7
BOTO3: Final = "boto3 client alone"
FUNCTION: Final = "function"
COMMANDS: Final[dict[str, Sequence[str]]] = {
    "slm --help": (sys.executable, "-m", "slm.cli", "--help"),
    "slm plan": (sys.executable, "-m", "slm.cli", "plan"),
    "cdk synth": ("make", "synth"),
}

_BOTO3: Final = "import boto3; boto3.client('sagemaker-runtime', region_name='us-east-1')"
_ASK_EVERY_S: Final = 0.005
"""The adapter asks every 10 ms whether the function is ready."""

_TIMEOUT_S: Final = 60
_MIB: Final = 1024 * 1024


def function(bench: Bench) -> None:
    """The function beside ``import boto3; client(...)``, in turns; then its memory and its size."""
    turns = STARTS if bench.plan.rounds > 1 else 2
    with contenders.stub(bench.logs, 0) as model:
        for turn in range(turns):
            if not bench.results.has("start", BOTO3, "start", turn):
                figures = _timed([sys.executable, "-c", _BOTO3])
                bench.results.add("start", BOTO3, "start", turn, figures)
            if not bench.results.has("start", FUNCTION, "start", turn):
                figures = _start_function(bench.logs, model.server.url)
                bench.results.add("start", FUNCTION, "start", turn, figures)
                bench.say(f"start   {figures}")
    if not bench.results.has("start", FUNCTION, "asset", 0):
        bench.results.add("start", FUNCTION, "asset", 0, {"mib": _asset_mib()})


def commands(bench: Bench) -> None:
    """The commands that people wait for."""
    for name, command in COMMANDS.items():
        for turn in range(3 if bench.plan.rounds > 1 else 1):
            if not bench.results.has("commands", name, "run", turn):
                figures = _timed(command)
                bench.results.add("commands", name, "run", turn, figures)
                bench.say(f"command {name:<14}{figures}")


def _timed(command: Sequence[str]) -> dict[str, float]:
    """Wall and CPU time of a command, and the most memory that it or a child of it held."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=contenders.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 3),
        "memory_mib": round(usage.ru_maxrss / 1024, 1),
        "exit_status": process.returncode,
    }


def _start_function(logs: Path, upstream: str) -> dict[str, float]:
    """Seconds from the process's start to its first answers, and its memory."""
    port = free_port()
    environment = contenders.function_environment(upstream, port)
    command = ["sh", str(Path(environment["LAMBDA_TASK_ROOT"]) / "run.sh")]
    started = time.perf_counter()
    with child(
        command, logs / "function.log", environment=environment, folder=logs, logs_output=True
    ) as process:
        while not _ask(port, "GET", HEALTH.path):
            time.sleep(_ASK_EVERY_S)
        health_s = time.perf_counter() - started
        message = {"role": "user", "content": "Hi"}
        _ask(port, "POST", CHAT_COMPLETIONS.path, {"messages": [message]})
        answer_s = time.perf_counter() - started
        _ask(port, "GET", OPENAPI.path)
        idle_mib = process.memory_mib()
        cpu_s = process.cpu_s()
        for _ in range(3):
            large = {"role": "user", "content": "x" * (MAX_BODY_BYTES - 1000)}
            _ask(port, "POST", CHAT_COMPLETIONS.path, {"messages": [large]})
        return {
            "health_s": round(health_s, 3),
            "answer_s": round(answer_s, 3),
            "cpu_s": round(cpu_s, 3),
            "memory_mib": round(idle_mib, 1),
            "large_body_memory_mib": round(process.memory_mib(), 1),
        }


def _ask(port: int, method: str, path: str, body: Mapping[str, Any] | None = None) -> bool:
    """Whether it answers well; False while nobody listens."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    headers = {"content-type": "application/json", "x-amzn-request-context": "{}"}
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        content = response.read()
    except ConnectionRefusedError:
        return False
    finally:
        connection.close()
    if response.status != 200:
        raise RuntimeError(f"{method} {path}: {response.status} {content[:500]!r}")
    return True


def _asset_mib() -> float:
    """Size of the function's code, unpacked."""
    from slm_sagemaker.bundling import PLATFORM, PYTHON_VERSION, build_asset

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder)
        build_asset(target, python_version=PYTHON_VERSION, platform=PLATFORM)
        size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    return round(size / _MIB, 2)
