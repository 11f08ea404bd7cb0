"""The figures of a benchmark as Markdown, JSON and pictures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from slm.bench.grid import Cell
from slm.bench.summary import Percentiles, Summary
from slm.charts import BarChart
from slm.errors import SlmError

Results = Sequence[tuple[Cell, Summary]]

_HEADER: Final = (
    "| load | requests/s | tokens/s | first token, p50 / p95 / p99 ms | between tokens, "
    "p50 / p95 / p99 ms | whole answer, p50 / p95 / p99 ms | errors |\n"
    "|---|---:|---:|---:|---:|---:|---|\n"
)


def as_json(results: Results, about: Mapping[str, Any]) -> dict[str, Any]:
    """The figures for programs, with what they are about."""
    return {
        **about,
        "results": [asdict(cell) | asdict(summary) for cell, summary in results],
    }


def as_markdown(results: Results) -> str:
    """The figures as a table."""
    rows = (
        f"| {cell.name} | {summary.requests_per_s:,.1f} | {summary.tokens_per_s:,.1f} "
        f"| {_three(summary.first_token_ms)} | {_three(summary.token_gap_ms)} "
        f"| {_three(summary.latency_ms)} | {errors_of(summary)} |\n"
        for cell, summary in results
    )
    return _HEADER + "".join(rows)


def charts(results: Results) -> dict[str, BarChart]:
    """File name -> picture."""
    numbers = sorted({cell.concurrency for cell, _ in results})
    by_cell = dict(results)

    def of(stream: bool, figure: str) -> list[float | None]:
        return [
            getattr(by_cell[cell], figure) if (cell := Cell(stream, number)) in by_cell else None
            for number in numbers
        ]

    groups = [f"{number}" for number in numbers]
    return {
        "tokens-per-second.svg": BarChart(
            "Throughput by number of clients",
            "tokens/s",
            groups,
            {"whole": of(False, "tokens_per_s"), "streamed": of(True, "tokens_per_s")},
        ),
        "first-token.svg": BarChart(
            "Time to the first token by number of clients",
            "ms",
            groups,
            {
                name: [
                    getattr(distribution, name) if distribution else None
                    for distribution in of(True, "first_token_ms")
                ]
                for name in ("p50", "p95", "p99")
            },
        ),
    }


def make_folder(folder: Path) -> None:
    """Make the folder for the files, before the load: afterwards all of it would be lost.

    Raises:
        SlmError: The folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SlmError(f"The folder {folder} cannot be made: {error.strerror}.") from None


def write(folder: Path, results: Results, about: Mapping[str, Any]) -> list[Path]:
    """Write all of it to a folder that is there; the files."""
    facts = "".join(f"- {name}: {value}\n" for name, value in about.items())
    contents = {
        "bench.json": json.dumps(as_json(results, about), indent=2) + "\n",
        "bench.md": f"# Benchmark\n\n{facts}\n{as_markdown(results)}",
    }
    for name, content in contents.items():
        (folder / name).write_text(content)
    pictures = charts(results)
    for name, chart in pictures.items():
        chart.write(folder / name)
    return [folder / name for name in (*contents, *pictures)]


def errors_of(summary: Summary) -> str:
    """What went wrong, in a few words."""
    return ", ".join(f"{count} x {what}" for what, count in summary.errors.items()) or "none"


def _three(distribution: Percentiles | None) -> str:
    if distribution is None:
        return "-"
    return " / ".join(f"{v:,.1f}" for v in (distribution.p50, distribution.p95, distribution.p99))
