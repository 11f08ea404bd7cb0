"""The report's tables, as Markdown."""

from typing import Final

from benchmarks.contenders import SLOTS
from benchmarks.figures import Figures, most
from benchmarks.markdown import number, table
from benchmarks.sections import MANY_STREAMS, MANY_TOKENS, THREAD_SETTINGS
from benchmarks.start import BOTO3, COMMANDS, FUNCTION
from slm.bench.grid import Cell

_GATEWAYS: Final = ("gateway", "Portkey", "LiteLLM")
_MODEL: Final = ("llama.cpp", "twin", "Portkey", "LiteLLM")
_MANY: Final = Cell(stream=True, concurrency=MANY_STREAMS)


def about(figures: Figures) -> str:
    """What the figures belong to."""
    return "\n".join(f"- {name}: {value}" for name, value in figures.results.about.items())


def stub(figures: Figures) -> str:
    """The gateways before the instant stub."""
    rows = []
    for cell in [cell for s in (False, True) for cell in figures.cells("stub", stream=s)]:
        for name in _GATEWAYS:
            added = [
                figures.difference("stub", (name, "stub"), cell, "latency_ms", p)
                for p in ("p50", "p99")
            ]
            rows.append(
                (
                    cell.name,
                    name,
                    number(figures.of("stub", name, cell, "requests_per_s")),
                    *map(number, added),
                    number(figures.of("stub", name, cell, "cpu_us_per_request")),
                    figures.errors("stub", name, cell),
                )
            )
    return table(
        ("load", "", "requests/s", "added p50, ms", "added p99, ms", "CPU a request, µs", "errors"),
        rows,
    )


def paced(figures: Figures) -> str:
    """The same before the paced stub."""
    rows = []
    for cell in figures.cells("paced", stream=True):
        for name in ("gateway", "twin", "Portkey", "LiteLLM"):

            def added(*path: str, name: str = name, cell: Cell = cell) -> str:
                return number(figures.difference("paced", (name, "stub"), cell, *path))

            cpu = figures.of("paced", name, cell, "cpu_us_per_token")
            rows.append(
                (
                    cell.name,
                    name,
                    number(figures.ratio("paced", (name, "stub"), cell, "tokens_per_s")),
                    added("first_token_ms", "p50"),
                    added("first_token_ms", "p99"),
                    added("token_gap_ms", "p50"),
                    added("token_gap_ms", "p99"),
                    number(cpu if cpu is None else cpu / 1000),
                    figures.errors("paced", name, cell),
                )
            )
    return table(
        (
            "load",
            "",
            "tokens/s by the stub's",
            "first token, added p50, ms",
            "added p99, ms",
            "between tokens, added p50, ms",
            "added p99, ms",
            "CPU for 1,000 tokens, s",
            "errors",
        ),
        rows,
    )


def many(figures: Figures) -> str:
    """Many open streams."""
    rows = []
    for name in ("gateway", "twin", "Portkey", "LiteLLM"):
        idle = figures.of("many", f"{name}, idle", _MANY, "memory_mib")
        under_load = figures.of("many", name, _MANY, "memory_mib")
        each = (
            (under_load - idle) * 1024 / MANY_STREAMS
            if under_load is not None and idle is not None
            else None
        )
        rows.append(
            (
                name,
                number(figures.of("many", name, _MANY, "requests")),
                number(figures.of("many", name, _MANY, "tokens_per_s")),
                number(figures.of("many", name, _MANY, "token_gap_ms", "p99")),
                number(idle),
                number(under_load),
                number(each),
                figures.errors("many", name, _MANY),
            )
        )
    ideal = (
        f"{MANY_STREAMS * 10:,} tokens/s would be perfect; each stream has {MANY_TOKENS} tokens."
    )
    return f"{ideal}\n\n" + table(
        (
            "",
            "complete streams",
            "tokens/s",
            "between tokens p99, ms",
            "memory before, MiB",
            "most memory, MiB",
            "a stream, KiB",
            "errors",
        ),
        rows,
    )


def model(figures: Figures) -> str:
    """A real model."""
    rows = []
    for cell in [cell for s in (False, True) for cell in figures.cells("model", stream=s)]:
        for name in _MODEL:
            rows.append(
                (
                    cell.name,
                    name,
                    number(figures.of("model", name, cell, "tokens_per_s")),
                    number(figures.ratio("model", (name, "llama.cpp"), cell, "tokens_per_s")),
                    number(figures.of("model", name, cell, "first_token_ms", "p50")),
                    number(figures.of("model", name, cell, "token_gap_ms", "p50")),
                    figures.errors("model", name, cell),
                )
            )
    return table(
        (
            "load",
            "",
            "tokens/s",
            "by llama.cpp's",
            "first token p50, ms",
            "between tokens p50, ms",
            "errors",
        ),
        rows,
    )


def threads(figures: Figures) -> str:
    """llama.cpp's settings."""
    cells = figures.cells("threads", stream=True)
    return table(
        ("", *(cell.name for cell in cells)),
        (
            (name, *(number(figures.of("threads", name, cell, "tokens_per_s")) for cell in cells))
            for name in THREAD_SETTINGS
        ),
    )


def start(figures: Figures) -> str:
    """The function's start, memory and size."""

    def of(name: str, figure: str) -> str:
        return number(figures.of("start", name, "start", figure))

    return table(
        ("", "boto3's client alone", "function"),
        [
            ("ready; first byte of /health, s", of(BOTO3, "seconds"), of(FUNCTION, "health_s")),
            ("first answer of a model, s", "", of(FUNCTION, "answer_s")),
            ("CPU until then, s", of(BOTO3, "cpu_s"), of(FUNCTION, "cpu_s")),
            ("memory, MiB", of(BOTO3, "memory_mib"), of(FUNCTION, "memory_mib")),
            ("most memory with bodies of 4 MiB, MiB", "", of(FUNCTION, "large_body_memory_mib")),
            (
                "code, unpacked, MiB",
                "",
                number(figures.of("start", FUNCTION, "asset", "mib")),
            ),
        ],
    )


def commands(figures: Figures) -> str:
    """The commands that people wait for."""
    rows = (
        (
            f"`{name}`",
            *(
                number(figures.of("commands", name, "run", figure))
                for figure in ("seconds", "cpu_s")
            ),
        )
        for name in COMMANDS
    )
    return table(("command", "s", "CPU, s"), rows)


def hops(figures: Figures) -> str:
    """CPU time by hop."""
    cells = figures.cells("paced", stream=True)
    cell = cells[-1] if cells else Cell(True, 1)
    one = Cell(stream=False, concurrency=1)
    full = Cell(stream=True, concurrency=SLOTS)

    def token(name: str) -> float | None:
        return figures.of("paced", name, cell, "cpu_us_per_token")

    hop = figures.difference("paced", ("twin", "gateway"), cell, "cpu_us_per_token")
    rows = [
        (
            "gateway, a whole request of 32 tokens that came together",
            number(figures.of("stub", "gateway", one, "cpu_us_per_request")),
        ),
        (f"gateway, a streamed token ({cell.name})", number(token("gateway"))),
        (
            "twin: front, gateway, runtime and container together, a streamed token",
            number(token("twin")),
        ),
        ("of that what is only there on the laptop", number(hop)),
        (
            f"llama.cpp alone, a token of the real model ({full.name})",
            number(figures.of("model", "llama.cpp", full, "cpu_us_per_token")),
        ),
        (
            f"twin and its llama.cpp, a token of the real model ({full.name})",
            number(figures.of("model", "twin", full, "cpu_us_per_token")),
        ),
    ]
    return table(("CPU time", "µs"), rows)


def shares(figures: Figures) -> str:
    """The profile."""
    found: dict[str, float] = {}
    for record in figures.results.of("profile", "gateway", "streamed"):
        found = record["shares"]
    return table(("part", "share"), ((part, f"{100 * s:.0f} %") for part, s in found.items()))


def client_cpu(figures: Figures) -> str:
    """CPU time of the load generator for a stream, in microseconds."""
    values = (
        figures.of("stub", "stub", cell, "client_cpu_us")
        for cell in figures.cells("stub", stream=True)
    )
    return number(most(values))
