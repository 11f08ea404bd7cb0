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
    "slm --help": (sys.executable, "-m", "slm", "--help"),
    "slm plan": (sys.executable, "-m", "slm", "plan"),
    "cdk synth": ("make", "synth"),
}

_BOTO3: Final = """
import boto3, re
boto3.client("sagemaker-runtime", region_name="us-east-1")
print(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
"""
"""Says in the end how much memory it held at most, in KiB."""

_BUILD_ASSET: Final = """
import sys
from pathlib import Path
from slm_sagemaker.bundling import PLATFORM, PYTHON_VERSION, build_asset
build_asset(Path(sys.argv[1]), python_version=PYTHON_VERSION, platform=PLATFORM)
"""
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
                figures, said = _timed([sys.executable, "-c", _BOTO3])
                figures["memory_mib"] = round(int(said) / 1024, 1)
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
                try:
                    figures, _ = _timed(command)
                except RuntimeError as error:
                    bench.say(f"not measured: {error}")
                    break
                bench.results.add("commands", name, "run", turn, figures)
                bench.say(f"command {name:<14}{figures}")


def _timed(command: Sequence[str]) -> tuple[dict[str, float], str]:
    """Wall and CPU time of a command with its children, and what it said."""
    before = os.times()
    started = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=contenders.ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
    )
    seconds = time.perf_counter() - started
    after = os.times()
    cpu_s = after.children_user + after.children_system
    cpu_s -= before.children_user + before.children_system
    if done.returncode != 0:
        raise RuntimeError(f"{command}: {done.stderr[-1000:]}")
    return {"seconds": round(seconds, 3), "cpu_s": round(cpu_s, 3)}, done.stdout


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
            "large_body_memory_mib": round(process.peak_memory_mib(), 1),
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
    with tempfile.TemporaryDirectory() as folder:
        _timed([sys.executable, "-c", _BUILD_ASSET, folder])
        size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
    return round(size / _MIB, 2)
