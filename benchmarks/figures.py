"""Single figures out of the results: the median of all rounds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.results import Results
from slm.bench.grid import Cell


@dataclass(frozen=True)
class Figures:
    """Figures of a run; None where something was not measured."""

    results: Results

    def of(self, section: str, contender: str, cell: Cell | str, *path: str) -> float | None:
        """One figure.

        Args:
            section: Part of the benchmark.
            contender: Who.
            cell: Kind of load, or its name.
            path: Name of the figure, and of the percentile if it has some.
        """
        known = self._by_round(section, contender, cell, path).values()
        return median(known) if known else None

    def _by_round(
        self, section: str, contender: str, cell: Cell | str, path: Sequence[str]
    ) -> dict[int, float]:
        name = cell if isinstance(cell, str) else cell.name
        values = {
            record["round"]: _at(record, path)
            for record in self.results.of(section, contender, name)
        }
        return {turn: value for turn, value in values.items() if value is not None}

    def errors(self, section: str, contender: str, cell: Cell | str) -> str:
        """What went wrong, in words."""
        name = cell if isinstance(cell, str) else cell.name
        counts: dict[str, int] = {}
        for record in self.results.of(section, contender, name):
            for what, count in record.get("errors", {}).items():
                counts[what] = counts.get(what, 0) + count
        return ", ".join(f"{count} x {what}" for what, count in counts.items()) or "none"

    def cells(self, section: str, *, stream: bool) -> list[Cell]:
        """The kinds of load that a section has."""
        found = {
            Cell(record["stream"], record["concurrency"])
            for record in self.results.records
            if record["section"] == section and record.get("stream") is stream
        }
        return sorted(found, key=lambda cell: cell.concurrency)

    def rounds(self, section: str) -> int:
        """How often a section was measured."""
        return 1 + max(
            (r["round"] for r in self.results.records if r["section"] == section), default=0
        )

    def ratio(
        self, section: str, contenders: Sequence[str], cell: Cell, *path: str
    ) -> float | None:
        """A figure of the first contender by that of the second: the median of the rounds' ratios,
        since what a slow minute does to both of a round is no difference between them.
        """
        upper, lower = (self._by_round(section, name, cell, path) for name in contenders)
        ratios = [upper[turn] / lower[turn] for turn in upper if lower.get(turn)]
        return median(ratios) if ratios else None

    def difference(
        self, section: str, contenders: Sequence[str], cell: Cell, *path: str
    ) -> float | None:
        """A figure of the first contender less that of the second, as ``ratio``."""
        upper, lower = (self._by_round(section, name, cell, path) for name in contenders)
        differences = [upper[turn] - lower[turn] for turn in upper if turn in lower]
        return median(differences) if differences else None


def least(values: Iterable[float | None]) -> float | None:
    """The smallest that is known."""
    return min((value for value in values if value is not None), default=None)


def most(values: Iterable[float | None]) -> float | None:
    """The largest that is known."""
    return max((value for value in values if value is not None), default=None)


def _at(record: dict[str, Any], path: Sequence[str]) -> float | None:
    value: Any = record
    for name in path:
        if value is None:
            return None
        value = value.get(name)
    return value  # type: ignore[no-any-return]
