"""Who is compared: each as a process of its own, in front of the same upstream."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import bare_llama, twin_on_stub
from benchmarks.processes import Child, child, free_port, wait_for_port
from slm.bench.load import Server
from slm.gateway.config import ENVIRONMENT_VARIABLE, GatewayConfig
from slm.local.state import StateDirectory

ROOT: Final = Path(__file__).parent.parent
LITELLM: Final = ROOT / ".venv-bench" / "bin" / "litellm"
PORTKEY: Final = ROOT / "benchmarks" / "node_modules" / "@portkey-ai" / "gateway"

MODEL: Final = "m"
SLOTS: Final = 16
LIBGOMP_SPIN_COUNT: Final = "300000"
"""What GNU OpenMP does by itself (libgomp manual, "GOMP_SPINCOUNT")."""

_FUNCTION: Final = ROOT / "lambda" / "invoke_sagemaker"
_LITELLM_KEY: Final = "sk-bench"


@dataclass(frozen=True)
class Contender:
    """One that answers.

    Attributes:
        name: What the report calls it.
        server: How to ask it.
        process: What its cost is read from.
    """

    name: str
    server: Server
    process: Child


def bearer(key: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"authorization": f"Bearer {key}"}


@contextmanager
def stub(logs: Path, pace_ms: float) -> Iterator[Contender]:
    """The stub model itself."""
    command = [sys.executable, "-m", "benchmarks.stub_model", "--pace-ms", str(pace_ms)]
    with child(command, logs / "stub.log", folder=ROOT) as process:
        yield Contender("stub", Server(process.stdout.readline().strip(), {}, MODEL), process)


def function_environment(runtime_url: str, port: int) -> dict[str, str]:
    """What the deployed function finds in its environment."""
    config = GatewayConfig(
        endpoint_name="bench",
        engine="vllm",
        served_model_name=MODEL,
        hf_model_id=MODEL,
        weights=MODEL,
        max_total_tokens=4096,
    )
    return {
        ENVIRONMENT_VARIABLE: config.to_json(),
        "AWS_ENDPOINT_URL": runtime_url,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_SESSION_TOKEN": "bench" * 100,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_LWA_PORT": str(port),
        "LAMBDA_TASK_ROOT": str(_FUNCTION),
        "LAMBDA_RUNTIME_DIR": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


@contextmanager
def gateway(logs: Path, upstream: str) -> Iterator[Contender]:
    """Our gateway, started as the deployed function starts it."""
    port = free_port()
    log = logs / "gateway.log"
    command = ["sh", str(_FUNCTION / "run.sh")]
    environment = function_environment(upstream, port)
    with child(
        command, log, environment=environment, folder=_FUNCTION, logs_output=True
    ) as process:
        wait_for_port(port, log)
        yield Contender("gateway", Server(f"http://127.0.0.1:{port}", {}, MODEL), process)


@contextmanager
def twin_over_stub(logs: Path, upstream: str) -> Iterator[Contender]:
    """All of the twin but the model."""
    command = [sys.executable, "-m", "benchmarks.twin_on_stub", upstream]
    with child(command, logs / "twin-on-stub.log", folder=ROOT) as process:
        server = Server(process.stdout.readline().strip(), bearer(twin_on_stub.KEY))
        yield Contender("twin", server, process)


@contextmanager
def twin(logs: Path) -> Iterator[Contender]:
    """``slm local``, as a user starts it, with the limits out of the way."""
    folder = logs / "twin"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    limits = {"SLM_RATE_LIMIT": "10000", "SLM_BURST_LIMIT": "5000", "SLM_QUOTA": "1000000000"}
    limits |= {"SLM_MAX_TOTAL_TOKENS": "512", "SLM_MAX_INPUT_TOKENS": "384"}
    command = [sys.executable, "-m", "slm", "local", "--port", "0", "--slots", str(SLOTS)]
    log = logs / "twin.log"
    with child(
        [*command, "--no-sample", "--json"], log, environment=limits, folder=folder
    ) as process:
        process.stdout.readline()
        state = StateDirectory(folder / ".slm").read()
        assert state is not None, log.read_text()
        yield Contender("twin", Server(state.url, bearer(state.api_key)), process)


@contextmanager
def bare(logs: Path, *, threads: int, spin_count: str) -> Iterator[Contender]:
    """A llama.cpp server alone."""
    command = [sys.executable, "-m", "benchmarks.bare_llama"]
    options = ["--threads", str(threads), "--slots", str(SLOTS)]
    environment = {"GOMP_SPINCOUNT": spin_count}
    log = logs / "bare.log"
    with child([*command, *options], log, environment=environment, folder=ROOT) as process:
        url = process.stdout.readline().strip()
        yield Contender("llama.cpp", Server(url, bearer(bare_llama.KEY), MODEL), process)


@contextmanager
def litellm(logs: Path, upstream: str, key: str) -> Iterator[Contender]:
    """LiteLLM's proxy, one worker."""
    port = free_port()
    log = logs / "litellm.log"
    upstream_model = {"model": f"openai/{MODEL}", "api_base": f"{upstream}/v1", "api_key": key}
    config = {
        "model_list": [{"model_name": MODEL, "litellm_params": upstream_model}],
        "general_settings": {"master_key": _LITELLM_KEY},
    }
    file = logs / "litellm.yaml"
    file.write_text(json.dumps(config))  # JSON is YAML
    command = [str(LITELLM), "--config", str(file), "--host", "127.0.0.1", "--port", str(port)]
    environment = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    command += ["--num_workers", "1"]
    with child(command, log, environment=environment, folder=logs, logs_output=True) as process:
        wait_for_port(port, log)
        yield Contender(
            "LiteLLM", Server(f"http://127.0.0.1:{port}", bearer(_LITELLM_KEY), MODEL), process
        )


@contextmanager
def portkey(logs: Path, upstream: str, key: str) -> Iterator[Contender]:
    """Portkey's gateway."""
    port = free_port()
    log = logs / "portkey.log"
    command = ["node", str(PORTKEY / "build" / "start-server.js"), f"--port={port}", "--headless"]
    headers = {
        **bearer(key),
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": f"{upstream}/v1",
    }
    environment = {"NODE_ENV": "production"}
    with child(command, log, environment=environment, folder=logs, logs_output=True) as process:
        wait_for_port(port, log)
        yield Contender("Portkey", Server(f"http://127.0.0.1:{port}", headers, MODEL), process)
