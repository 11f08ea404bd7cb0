"""The model process dies, and the twin goes on."""

import asyncio
import json
import os
import signal
from pathlib import Path

import httpx
import pytest

from tests.clients.twin_process import PATIENCE_S, UNLIMITED, Twin, running_twin, settled

pytestmark = pytest.mark.anyio

LONG = {"prompt": "Count to a thousand.", "parameters": {"max_new_tokens": 3000}}


def client(twin: Twin) -> httpx.AsyncClient:
    headers = {"x-api-key": twin.key}
    return httpx.AsyncClient(
        base_url=twin.url, headers=headers, timeout=PATIENCE_S, trust_env=False
    )


def model_process(twin: Twin) -> int:
    """The child of the twin that holds the model."""
    children = Path(f"/proc/{twin.pid}/task/{twin.pid}/children").read_text().split()
    (model,) = [
        int(child)
        for child in children
        if b"model_server_process" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return model


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the model's process in /proc")
async def test_killing_the_model_is_told_and_mended(tmp_path: Path) -> None:
    with running_twin(tmp_path, UNLIMITED) as twin:
        async with client(twin) as http:
            whole = asyncio.create_task(http.post("/invoke", json=LONG))
            events: list[str] = []

            async def stream() -> None:
                async with http.stream("POST", "/invoke", json=LONG | {"stream": True}) as answer:
                    assert answer.status_code == 200
                    async for line in answer.aiter_lines():
                        if line.startswith("data: "):
                            events.append(line[6:])

            streaming = asyncio.create_task(stream())
            async with asyncio.timeout(PATIENCE_S):
                while not events:
                    await asyncio.sleep(0.05)
            os.kill(model_process(twin), signal.SIGKILL)

            answer = await whole
            assert answer.status_code in {502, 503}
            assert answer.json()["error"]["code"] in {"model_failed", "endpoint_unavailable"}
            await streaming
            assert json.loads(events[-1])["error"]["code"] == "model_failed"

            async def answers() -> bool:
                short = LONG | {"parameters": {"max_new_tokens": 2}}
                return (await http.post("/invoke", json=short)).status_code == 200

            async with asyncio.timeout(PATIENCE_S):
                while not await answers():
                    await asyncio.sleep(0.2)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the model's process in /proc")
async def test_killing_the_twin_leaves_no_model_behind(tmp_path: Path) -> None:
    with running_twin(tmp_path, UNLIMITED) as twin:
        model = model_process(twin)
        os.kill(twin.pid, signal.SIGKILL)
        gone = lambda: not Path(f"/proc/{model}/cmdline").is_file() or (  # noqa: E731
            Path(f"/proc/{model}/cmdline").read_bytes() == b""
        )
        assert await asyncio.to_thread(settled, gone)


async def test_limits_of_the_plan_hold(tmp_path: Path) -> None:
    settings = {"SLM_RATE_LIMIT": "1", "SLM_BURST_LIMIT": "2", "SLM_QUOTA": "3"}
    with running_twin(tmp_path, settings) as twin:
        async with client(twin) as http:
            answers = [await http.get("/v1/models") for _ in range(4)]
            limited = next(a for a in answers if a.status_code == 429)
            assert limited.json()["error"]["code"] == "rate_limit_exceeded"
            assert limited.headers["retry-after"] == "1"
            async with asyncio.timeout(PATIENCE_S):
                while (answer := await http.get("/v1/models")).json().get("error", {}).get(
                    "code"
                ) != "insufficient_quota":
                    await asyncio.sleep(0.5)
            assert answer.status_code == 429
            assert answer.headers["x-should-retry"] == "false"
