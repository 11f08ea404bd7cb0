"""The parts of the benchmark. In each the contenders take turns, cell by cell and round by round,
so that a slow minute of the machine hits all of them.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from benchmarks import bare_llama, contenders
from benchmarks.contenders import Contender
from benchmarks.results import Results
from slm.bench.grid import PROMPTS, Cell, cells_of
from slm.bench.load import CONNECT_TIMEOUT_S, Check, Load, run_load, texts_of
from slm.bench.summary import Summary
from slm.gateway.http_client import HttpClient
from slm.limits import API_GATEWAY_IDLE_TIMEOUT_S

TOKENS: Final = 32
PACE_MS: Final = 20
"""50 tokens a second: a small model on a GPU."""

PACED_ANSWERS: Final = 6
"""Of each client: all of them begin together, and only the first answer is to show that."""

MANY_STREAMS: Final = 500
MANY_PACE_MS: Final = 100
MANY_TOKENS: Final = 50

MODEL_REQUESTS: Final = {1: 4, 4: 12, 16: 32, 64: 64}
"""Clients -> requests of a cell: some seconds each."""

_MARKS: Final = "ABCD"
"""One for each contender; a token each."""

THREAD_SETTINGS: Final = {
    "1 thread": (1, contenders.LIBGOMP_SPIN_COUNT),
    "2 threads": (2, contenders.LIBGOMP_SPIN_COUNT),
    "2 threads, short spin": (2, "2000"),
    "2 threads, no spin": (2, "0"),
}
"""Name -> threads and how long they spin."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        concurrencies: Clients.
        seconds: Time of a cell with the stub.
        rounds: How often each is measured.
        model_rounds: The same for the twin and llama.cpp alone, whose speed varies most.
    """

    concurrencies: Sequence[int]
    seconds: float
    rounds: int
    model_rounds: int


FULL: Final = Plan((1, 4, 16, 64), seconds=1.2, rounds=3, model_rounds=5)
SHORT: Final = Plan((1, 4), seconds=0.7, rounds=1, model_rounds=1)


@dataclass(frozen=True)
class Bench:
    """What a section works with."""

    results: Results
    plan: Plan
    logs: Path
    say: Say

    def measure(
        self,
        section: str,
        contender: Contender,
        cell: Cell,
        turn: int,
        load: Load,
        *,
        check: Check | None = None,
        keep_alive: bool = True,
    ) -> None:
        """One contender in one cell, unless it was measured before."""
        if self.results.has(section, contender.name, cell.name, turn):
            return
        http = HttpClient(
            connect_timeout_s=CONNECT_TIMEOUT_S,
            read_timeout_s=API_GATEWAY_IDLE_TIMEOUT_S,
            max_idle_s=60 if keep_alive else 0,
        )
        before = contender.process.cpu_s()
        run = asyncio.run(run_load(contender.server, load, check=check, http=http))
        cpu_us = 1e6 * (contender.process.cpu_s() - before)
        summary = Summary.of([run])
        tokens = sum(sample.tokens for sample in run.samples)
        good = [sample for sample in run.samples if not sample.error]
        if early := sum(sample.tokens < load.max_tokens for sample in good):
            # The same work on prompts for fewer tokens: such rates do not compare.
            summary = replace(summary, errors={**summary.errors, "ended early": early})
        figures: dict[str, Any] = asdict(summary) | asdict(cell)
        figures["cpu_us_per_request"] = round(cpu_us / max(1, summary.requests), 1)
        figures["cpu_us_per_token"] = round(cpu_us / max(1, tokens), 2)
        figures["memory_mib"] = round(contender.process.peak_memory_mib(), 1)
        self.results.add(section, contender.name, cell.name, turn, figures)
        self.say(
            f"{section:<8}{contender.name:<12}{cell.name:<22}"
            f"{summary.requests_per_s:>9,.1f} requests/s {summary.tokens_per_s:>9,.1f} tokens/s"
            + (f"  errors: {summary.errors}" if summary.errors else "")
        )

    def done(self, section: str, names: Sequence[str], cells: Sequence[Cell], rounds: int) -> bool:
        """Whether nothing of a section is left to do."""
        return all(
            self.results.has(section, name, cell.name, turn)
            for name in names
            for cell in cells
            for turn in range(rounds)
        )


def stub(bench: Bench) -> None:
    """The gateways before a model that answers at once."""
    cells = cells_of(bench.plan.concurrencies)
    names = ("stub", "gateway", "Portkey", "LiteLLM")
    if bench.done("stub", names, cells, bench.plan.rounds):
        return
    with ExitStack() as stack:
        model = stack.enter_context(contenders.stub(bench.logs, 0))
        url = model.server.url
        them = [
            model,
            stack.enter_context(contenders.gateway(bench.logs, url)),
            stack.enter_context(contenders.portkey(bench.logs, url, "bench")),
            stack.enter_context(contenders.litellm(bench.logs, url, "bench")),
        ]
        _warm_up(them)
        for turn in range(bench.plan.rounds):
            for cell in cells:
                load = Load(
                    cell.concurrency, cell.stream, TOKENS, ("Hi",), seconds=bench.plan.seconds
                )
                for each in them:
                    bench.measure("stub", each, cell, turn, load)


def paced(bench: Bench) -> None:
    """The same before a model that writes PACE_MS a token; the twin with all its hops too."""
    cells = [Cell(stream=True, concurrency=number) for number in bench.plan.concurrencies]
    names = ("stub", "gateway", "twin", "Portkey", "LiteLLM")
    if bench.done("paced", names, cells, bench.plan.rounds):
        return
    with ExitStack() as stack:
        model = stack.enter_context(contenders.stub(bench.logs, PACE_MS))
        url = model.server.url
        them = [
            model,
            stack.enter_context(contenders.gateway(bench.logs, url)),
            stack.enter_context(contenders.twin_over_stub(bench.logs, url)),
            stack.enter_context(contenders.portkey(bench.logs, url, "bench")),
            stack.enter_context(contenders.litellm(bench.logs, url, "bench")),
        ]
        _warm_up(them)
        for turn in range(bench.plan.rounds):
            for cell in cells:
                requests = PACED_ANSWERS * cell.concurrency
                load = Load(cell.concurrency, cell.stream, TOKENS, ("Hi",), requests=requests)
                for each in them:
                    bench.measure("paced", each, cell, turn, load)


def many(bench: Bench) -> None:
    """MANY_STREAMS open streams, each checked for lost and reordered tokens."""
    cell = Cell(stream=True, concurrency=MANY_STREAMS)
    names = ("gateway", "twin", "Portkey", "LiteLLM")
    if bench.done("many", names, [cell], 1):
        return
    expected = [f" {number}" for number in range(MANY_TOKENS)]

    def check(stream: bytes) -> str:
        return "" if "".join(texts_of(stream)) == "".join(expected) else "lost or reordered"

    load = Load(MANY_STREAMS, True, MANY_TOKENS, ("Hi",), requests=MANY_STREAMS)
    with ExitStack() as stack:
        url = stack.enter_context(contenders.stub(bench.logs, MANY_PACE_MS)).server.url
        them = [
            stack.enter_context(contenders.gateway(bench.logs, url)),
            stack.enter_context(contenders.twin_over_stub(bench.logs, url)),
            stack.enter_context(contenders.portkey(bench.logs, url, "bench")),
            stack.enter_context(contenders.litellm(bench.logs, url, "bench")),
        ]
        _warm_up(them)
        for each in them:
            if not bench.results.has("many", each.name, cell.name, 0):
                idle = round(each.process.memory_mib(), 1)
                named = replace(each, name=f"{each.name}, idle")
                bench.results.add("many", named.name, cell.name, 0, {"memory_mib": idle})
            bench.measure("many", each, cell, 0, load, check=check)


def threads(bench: Bench) -> None:
    """llama.cpp alone with each setting of its threads."""
    cells = thread_cells(bench.plan.concurrencies)
    for name, (count, spin) in THREAD_SETTINGS.items():
        if bench.done("threads", [name], cells, 1):
            continue
        with contenders.bare(bench.logs, threads=count, spin_count=spin) as server:
            _model_cells(bench, "threads", [replace(server, name=name)], cells, 0)


def thread_cells(concurrencies: Sequence[int]) -> list[Cell]:
    """The loads that settings are compared with: as many requests as there are slots at most."""
    return [Cell(stream=True, concurrency=n) for n in concurrencies if n <= contenders.SLOTS]


def best_threads(results: Results, concurrencies: Sequence[int]) -> str:
    """The setting with the highest throughput, relative to the best one, over all cells."""
    cells = [cell.name for cell in thread_cells(concurrencies)]

    def speed(name: str, cell: str) -> float:
        return float(next(results.of("threads", name, cell))["tokens_per_s"])

    best = {cell: max(speed(name, cell) for name in THREAD_SETTINGS) for cell in cells}
    return max(
        THREAD_SETTINGS, key=lambda name: sum(speed(name, cell) / best[cell] for cell in cells)
    )


def model(bench: Bench) -> None:
    """A real model: llama.cpp alone, and everything else before it."""
    cells = cells_of(bench.plan.concurrencies)
    names = ("llama.cpp", "twin", "Portkey", "LiteLLM")
    few = [cell for cell in cells if cell.concurrency <= contenders.SLOTS]
    if bench.done("model", names, cells, 1) and bench.done(
        "model", names[:2], few, bench.plan.model_rounds
    ):
        return
    count, spin = THREAD_SETTINGS[best_threads(bench.results, bench.plan.concurrencies)]
    with ExitStack() as stack:
        server = stack.enter_context(contenders.bare(bench.logs, threads=count, spin_count=spin))
        url = server.server.url
        ours = [server, stack.enter_context(contenders.twin(bench.logs))]
        others = [
            stack.enter_context(contenders.portkey(bench.logs, url, bare_llama.KEY)),
            stack.enter_context(contenders.litellm(bench.logs, url, bare_llama.KEY)),
        ]
        _warm_up([*ours, *others])
        for turn in range(bench.plan.model_rounds):
            # What takes longest once: with 64 clients most of the time is waiting for a slot.
            now = few if turn else cells
            _model_cells(bench, "model", ours if turn else [*ours, *others], now, turn)


def _model_cells(
    bench: Bench, section: str, them: Sequence[Contender], cells: Sequence[Cell], turn: int
) -> None:
    for cell in cells:
        requests = MODEL_REQUESTS[cell.concurrency]
        marked = list(zip(_MARKS, them, strict=False))
        for mark, each in marked if turn % 2 == 0 else reversed(marked):
            # Alike for all contenders, and none twice at the same server: what it knows of a
            # prompt costs nothing. After a mark in brackets the model breaks some answers off.
            prompts = [
                f"My name is {mark}{number}, {section}, {turn}, {cell.name}. "
                + PROMPTS[number % len(PROMPTS)]
                for number in range(requests)
            ]
            load = Load(cell.concurrency, cell.stream, TOKENS, prompts, requests=requests)
            # llama.cpp closes kept connections at the moment they are used again.
            bench.measure(section, each, cell, turn, load, keep_alive=False)


def _warm_up(them: Sequence[Contender]) -> None:
    """Two answers of each, whole and streamed: the first ones are slower everywhere."""
    for each in them:
        deadline = time.monotonic() + 60
        for stream in (False, True):
            load = Load(1, stream, 4, ("Hi",), requests=2)
            while asyncio.run(run_load(each.server, load)).samples[-1].error:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{each.name} does not answer well")
                time.sleep(0.5)
