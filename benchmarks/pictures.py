"""The report's pictures."""

from benchmarks.figures import Figures
from slm.charts import BarChart

_GATEWAYS = ("gateway", "Portkey", "LiteLLM")


def pictures(figures: Figures) -> dict[str, BarChart]:
    """Name -> picture."""
    return {
        "stub-whole": _bars(
            figures,
            "stub",
            _GATEWAYS,
            stream=False,
            figure="requests_per_s",
            title="Whole answers a second, by number of clients",
            unit="requests/s",
        ),
        "stub-streamed": _bars(
            figures,
            "stub",
            _GATEWAYS,
            stream=True,
            figure="requests_per_s",
            title="Streams a second, by number of clients",
            unit="requests/s",
        ),
        "cpu": _bars(
            figures,
            "paced",
            ("gateway", "twin", "Portkey", "LiteLLM"),
            stream=True,
            figure="cpu_us_per_token",
            title="CPU time for each streamed token, by number of clients",
            unit="µs",
        ),
        "model": _bars(
            figures,
            "model",
            ("llama.cpp", "twin", "Portkey", "LiteLLM"),
            stream=True,
            figure="tokens_per_s",
            title="Tokens a second of a real model, by number of clients",
            unit="tokens/s",
        ),
    }


def _bars(
    figures: Figures,
    section: str,
    names: tuple[str, ...],
    *,
    stream: bool,
    figure: str,
    title: str,
    unit: str,
) -> BarChart:
    cells = figures.cells(section, stream=stream)
    return BarChart(
        title,
        unit,
        [f"{cell.concurrency}" for cell in cells],
        {name: [figures.of(section, name, cell, figure) for cell in cells] for name in names},
    )
