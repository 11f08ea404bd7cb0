"""What ``make bench`` makes of its figures, and the stub that it measures with."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import mean
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.figures import Figures
from benchmarks.profile import shares_of
from benchmarks.report import write_report
from benchmarks.results import Results
from benchmarks.stub_model import StubProtocol, messages
from slm.bench.grid import Cell
from slm.bench.load import Load, Server, run_load, texts_of
from slm.gateway.event_stream import MessageDecoder
from slm.gateway.http_client import HttpClient, Origin
from tests.unit.serving import PATIENCE_S

pytestmark = pytest.mark.anyio

P = {"p50": 2.0, "p95": 3.0, "p99": 4.0}


def figures_of(speed: float) -> dict[str, Any]:
    return {
        "requests": 10,
        "errors": {},
        "requests_per_s": speed,
        "tokens_per_s": 32 * speed,
        "latency_ms": P,
        "first_token_ms": P,
        "token_gap_ms": P,
        "client_cpu_us": 100.0,
        "cpu_us_per_request": 900.0,
        "cpu_us_per_token": 50.0,
        "memory_mib": 40.0,
    }


@pytest.fixture
def results(tmp_path: Path) -> Results:
    made = Results(tmp_path / "results" / "bench.json", {"command": "make bench"}, [])
    for section in ("stub", "paced", "model"):
        for name, speed in (("stub", 8.0), ("llama.cpp", 8.0), ("gateway", 6.0), ("Portkey", 2.0)):
            for cell in (Cell(False, 1), Cell(True, 1), Cell(True, 4)):
                shape = {"stream": cell.stream, "concurrency": cell.concurrency}
                for turn in range(2):
                    values = figures_of(speed + turn) | shape
                    made.add(section, name, cell.name, turn, values)
    return made


def test_results_are_found_again(results: Results) -> None:
    read = Results.read(results.path)
    assert read is not None
    assert read.records == results.records
    assert read.has("stub", "gateway", "whole, 1 client", 1)
    assert not read.has("stub", "gateway", "whole, 1 client", 2)
    assert Results.read(results.path.with_name("none")) is None


def test_figures_are_medians_and_none_where_nothing_was_measured(results: Results) -> None:
    figures = Figures(results)
    cell = Cell(True, 1)
    assert figures.of("stub", "gateway", cell, "requests_per_s") == 6.5
    assert figures.of("stub", "gateway", cell, "latency_ms", "p50") == 2.0
    assert figures.of("stub", "nobody", cell, "latency_ms", "p50") is None
    by_round = [6.0 / 2.0, 7.0 / 3.0]
    assert figures.ratio("stub", ("gateway", "Portkey"), cell, "requests_per_s") == mean(by_round)
    assert figures.rounds("stub") == 2
    assert figures.cells("stub", stream=True) == [Cell(True, 1), Cell(True, 4)]


def test_the_report_shows_them(results: Results, tmp_path: Path) -> None:
    page, *pictures = write_report(results, page=tmp_path / "page.md", images=tmp_path / "images")
    text = page.read_text()
    assert "| gateway by Portkey, streams/s at 1 and 4 clients | above 1 | 2.67 |" in text
    assert "{" not in text.replace("${", "")
    for picture in pictures:
        ElementTree.parse(picture)
        assert f"images/{picture.name}" in text


def test_a_profile_is_by_part_and_without_waiting(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.write_text(
        "main;_run_once (asyncio/base_events.py:1);epoll_wait (libc.so.6) 90\n"
        "main;_run_once (asyncio/base_events.py:1);send (libc.so.6) 3\n"
        "main;feed (slm/gateway/sse.py:1);split (bytes.c:2) 1\n"
    )
    assert shares_of(raw) == {
        "reading and writing sockets": 0.75,
        "events, token by token": 0.25,
    }


@asynccontextmanager
async def stub(pace_s: float) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: StubProtocol(pace_s), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.parametrize("pace_s", [0, 0.001])
@pytest.mark.parametrize("stream", [False, True])
async def test_the_stub_answers_as_openai_does(stream: bool, pace_s: float) -> None:
    def check(answer: bytes) -> str:
        if stream:
            text = "".join(texts_of(answer))
        else:
            text = json.loads(answer)["choices"][0]["message"]["content"]
        return "" if text == " 0 1 2 3 4" else text

    async with stub(pace_s) as url, asyncio.timeout(PATIENCE_S):
        load = Load(2, stream, 5, ("Hi",), requests=6)
        run = await run_load(Server(url, {}), load, check=check)
    assert [(sample.error, sample.tokens) for sample in run.samples] == [("", 5)] * 6


async def test_the_stub_answers_as_sagemaker_does() -> None:
    http = HttpClient(connect_timeout_s=PATIENCE_S, read_timeout_s=PATIENCE_S)
    target = "/endpoints/e/invocations-response-stream"
    decoder = MessageDecoder()
    payloads = []
    async with (
        stub(0) as url,
        http.request(Origin.of(url), "POST", target, {}, b'{"max_tokens": 3}') as answer,
    ):
        while piece := await answer.read():
            payloads += [message.payload for message in decoder.feed(piece)]
    http.close()
    assert decoder.complete
    assert len(payloads) == len(messages(3))
    assert texts_of(b"".join(payloads)) == [" 0", " 1", " 2"]
