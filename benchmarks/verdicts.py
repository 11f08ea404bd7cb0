"""The targets, and what was reached."""

from collections.abc import Iterable, Sequence

from benchmarks.figures import Figures, least, most
from benchmarks.markdown import number, table
from benchmarks.start import BOTO3, FUNCTION
from slm.bench.grid import Cell


def verdicts(figures: Figures) -> str:
    """The targets, and what was reached."""
    whole, streamed = (figures.cells("stub", stream=stream) for stream in (False, True))
    paced_cells = [c for c in figures.cells("paced", stream=True) if c.concurrency <= 16]
    model_cells = [
        cell
        for stream in (False, True)
        for cell in figures.cells("model", stream=stream)
        if cell.concurrency <= 16
    ]
    few = [cell for cell in streamed if cell.concurrency <= 4]
    one = Cell(stream=False, concurrency=1)
    first = ("first_token_ms", "p50")

    def slowest(
        section: str, names: Sequence[str], cells: Iterable[Cell], path: str
    ) -> float | None:
        return least(figures.ratio(section, names, cell, path) for cell in cells)

    rows = [
        (
            "twin by llama.cpp alone, tokens/s at 1, 4 and 16 clients",
            "at least 0.9",
            slowest("model", ("twin", "llama.cpp"), model_cells, "tokens_per_s"),
        ),
        (
            "twin by the paced stub alone, tokens/s at 1, 4 and 16 clients",
            "at least 0.98",
            slowest("paced", ("twin", "stub"), paced_cells, "tokens_per_s"),
        ),
        (
            "first token through the twin, added at p50 (paced stub, 1 client), ms",
            "at most 10",
            figures.difference("paced", ("twin", "stub"), Cell(True, 1), *first),
        ),
        (
            "gateway by LiteLLM, whole answers/s",
            "at least 4",
            slowest("stub", ("gateway", "LiteLLM"), whole, "requests_per_s"),
        ),
        (
            "gateway by LiteLLM, streams/s",
            "at least 8",
            slowest("stub", ("gateway", "LiteLLM"), streamed, "requests_per_s"),
        ),
        (
            "gateway by Portkey, whole answers/s",
            "at least 0.5",
            slowest("stub", ("gateway", "Portkey"), whole, "requests_per_s"),
        ),
        (
            "gateway by Portkey, streams/s at 1 and 4 clients",
            "above 1",
            slowest("stub", ("gateway", "Portkey"), few, "requests_per_s"),
        ),
        (
            "added by the gateway at p50, whole, 1 client, ms",
            "at most 4",
            figures.difference("stub", ("gateway", "stub"), one, "latency_ms", "p50"),
        ),
        (
            "CPU for a streamed token, gateway by Portkey",
            "below 1",
            most(
                figures.ratio("paced", ("gateway", "Portkey"), cell, "cpu_us_per_token")
                for cell in paced_cells
            ),
        ),
        (
            "function's first byte of /health by boto3's client alone",
            "at most 1",
            _start_ratio(figures, "health_s"),
        ),
        (
            "function's first answer of a model by boto3's client alone",
            "at most 1.5",
            _start_ratio(figures, "answer_s"),
        ),
        (
            "function's code, unpacked, MiB",
            "below 10",
            figures.of("start", FUNCTION, "asset", "mib"),
        ),
        ("slm --help, s", "below 0.3", figures.of("commands", "slm --help", "run", "seconds")),
        ("slm plan, s", "below 0.5", figures.of("commands", "slm plan", "run", "seconds")),
    ]
    return table(
        ("what (the least good cell)", "wanted", "measured"),
        ((what, wanted, number(value)) for what, wanted, value in rows),
    )


def _start_ratio(figures: Figures, figure: str) -> float | None:
    ours = figures.of("start", FUNCTION, "start", figure)
    theirs = figures.of("start", BOTO3, "start", "seconds")
    return ours / theirs if ours is not None and theirs else None
