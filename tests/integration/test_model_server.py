"""llama.cpp as a child: it answers, it is guarded, and it never outlives us."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from slm.errors import SlmError
from slm.local import model_server as module
from slm.local.model_server import ModelServer, ModelState, ServerEvent, default_threads
from slm.local.model_server_process import limit_spinning
from slm.local.models import LocalModel, find_model
from tests.integration.conftest import PATIENCE_S

pytestmark = pytest.mark.anyio

CHAT = {"messages": [{"role": "user", "content": "What is the capital of France?"}]}

CRASHING = (
    sys.executable,
    "-c",
    'print(\'{"url": "http://127.0.0.1:1"}\', flush=True); raise SystemExit(3)',
)
SILENT = (sys.executable, "-c", "import time; time.sleep(600)")


def small_server(log_file: Path, model: LocalModel | None = None, **options: Any) -> ModelServer:
    """One that starts fast."""
    settings = {"slots": 1, "context_tokens": 256} | options
    return ModelServer(model or find_model(None), alias="served", log_file=log_file, **settings)


def fake_server(log_file: Path, command: Sequence[str], **options: Any) -> ModelServer:
    """One whose child is no model."""
    return small_server(log_file, command=command, backoff_s=[0], **options)


@asynccontextmanager
async def started(server: ModelServer) -> AsyncIterator[ModelServer]:
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


async def ask(server: ModelServer, key: str | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {server.api_key if key is None else key}"}
    async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
        body = CHAT | {"temperature": 0, "max_tokens": 20}
        return await client.post(f"{server.url}/v1/chat/completions", json=body, headers=headers)


def wait_for_end(pid: int) -> None:
    """Wait until a process that is not our own child has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        if "State:\tZ" in status:  # nobody has asked for its exit status yet
            return
        time.sleep(0.05)
    raise TimeoutError(f"process {pid} is still there")


async def test_the_default_model_knows_the_capital_of_france(model_server: ModelServer) -> None:
    answer = await ask(model_server)
    assert "Paris" in answer.json()["choices"][0]["message"]["content"]
    assert answer.json()["model"] == "served-name"


async def test_another_key_is_refused(model_server: ModelServer) -> None:
    assert (await ask(model_server, key="wrong")).status_code == 401


async def test_web_pages_may_not_read_its_answers(model_server: ModelServer) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as client:
        answer = await client.get(f"{model_server.url}/health", headers={"origin": "http://x"})
    assert not answer.headers.get("access-control-allow-origin")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_key_stands_in_no_place_that_others_can_read(model_server: ModelServer) -> None:
    for name in ("cmdline", "environ"):
        content = Path(f"/proc/{model_server.pid}/{name}").read_bytes()
        assert model_server.api_key.encode() not in content


async def test_the_log_has_no_prompts_and_is_ours_alone(model_server: ModelServer) -> None:
    assert (await ask(model_server)).status_code == 200
    assert "capital" not in model_server.log_file.read_text()
    assert model_server.log_file.stat().st_mode & 0o777 == 0o600


async def test_a_broken_file_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    with find_model(None).path.open("rb") as whole:
        path.write_bytes(whole.read(3_000_000))
    server = small_server(tmp_path / "log", LocalModel(path, "cut"))
    with pytest.raises(SlmError, match="download it again") as caught:
        await server.start()
    assert "data is not within the file bounds" in caught.value.message
    assert (server.state, server.url, server.pid) == (ModelState.FAILED, None, None)
    assert server.failure == caught.value.message


async def test_a_child_that_is_killed_comes_back_at_the_same_place(tmp_path: Path) -> None:
    events: asyncio.Queue[ServerEvent] = asyncio.Queue()
    async with asyncio.timeout(PATIENCE_S), started(small_server(tmp_path / "log")) as server:
        supervising = asyncio.create_task(server.supervise(events.put_nowait))
        url = server.url
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        crashed = await events.get()
        assert (crashed.kind, server.state) == ("crashed", ModelState.RESTARTING)
        assert server.url is None
        assert "SIGKILL" in crashed.message
        assert (await events.get()).kind == "restarted"
        assert (server.state, server.url, server.failure) == (ModelState.READY, url, "")
        assert (await ask(server)).status_code == 200
        await server.stop()
        await supervising
    assert events.empty()


async def test_it_gives_up_after_too_many_crashes(tmp_path: Path) -> None:
    events: list[ServerEvent] = []
    async with (
        asyncio.timeout(PATIENCE_S),
        started(fake_server(tmp_path / "log", CRASHING)) as server,
    ):
        await server.supervise(events.append)
        assert server.state is ModelState.FAILED
        assert "status 3" in server.failure
    kinds = [event.kind for event in events]
    assert kinds.count("crashed") == module.MAX_CRASHES - 1
    assert kinds[-1] == "gave_up"


async def test_stopping_ends_a_restart_that_is_due(tmp_path: Path) -> None:
    crashed = asyncio.Event()
    server = small_server(tmp_path / "log", command=CRASHING, backoff_s=[PATIENCE_S])
    async with asyncio.timeout(PATIENCE_S / 2), started(server):
        supervising = asyncio.create_task(server.supervise(lambda _: crashed.set()))
        await crashed.wait()
        await server.stop()
        await supervising
    assert (server.state, server.pid) == (ModelState.STOPPED, None)


async def test_a_model_that_loads_too_long_is_given_up(tmp_path: Path) -> None:
    server = fake_server(tmp_path / "log", SILENT, start_timeout_s=0.5)
    with pytest.raises(SlmError, match=r"within 0\.5 s"):
        await server.start()
    assert server.pid is None


async def test_a_start_that_is_cancelled_leaves_no_child(tmp_path: Path) -> None:
    server = fake_server(tmp_path / "log", SILENT)
    starting = asyncio.create_task(server.start())
    async with asyncio.timeout(PATIENCE_S):
        while server.pid is None:
            await asyncio.sleep(0.01)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    assert server.pid is None


PARENT = """
import asyncio, sys
from pathlib import Path
from slm.local.model_server import ModelServer
from slm.local.models import find_model

async def main():
    server = ModelServer(
        find_model(None), alias="a", log_file=Path(sys.argv[1]), slots=1, context_tokens=256
    )
    starting = asyncio.create_task(server.start())
    if sys.argv[2] == "ready":
        await starting
    while server.pid is None:
        await asyncio.sleep(0.01)
    print(server.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("moment", ["loading", "ready"])
def test_the_child_dies_with_its_parent(moment: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log"), moment]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    wait_for_end(pid)


@pytest.mark.parametrize(("cpus", "threads"), [(1, 1), (2, 2), (4, 2), (8, 4), (64, 8)])
def test_half_of_the_processors_compute_but_two_where_there_are_two(
    cpus: int, threads: int
) -> None:
    assert default_threads(cpus) == threads


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, {"GOMP_SPINCOUNT": "2000"}),
        ({"GOMP_SPINCOUNT": "5"}, {"GOMP_SPINCOUNT": "5"}),
        ({"OMP_WAIT_POLICY": "passive"}, {"OMP_WAIT_POLICY": "passive"}),
    ],
)
def test_threads_spin_shortly_unless_the_user_says_how_they_wait(
    said: dict[str, str], expected: dict[str, str]
) -> None:
    environment = dict(said)
    limit_spinning(environment)
    assert environment == expected
