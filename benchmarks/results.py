"""What was measured, in a file that an interrupted run goes on with."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).parent / "results" / "bench.json"

_KEY: Final = ("section", "contender", "cell", "round")


@dataclass(frozen=True)
class Results:
    """The file.

    Attributes:
        path: Where it is.
        about: Machine, date, command: what the figures belong to.
        records: The figures; ``section``, ``contender``, ``cell`` and ``round`` tell which.
    """

    path: Path
    about: Mapping[str, Any]
    records: list[dict[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "Results | None":
        """What is in the file; None if there is none."""
        if not path.exists():
            return None
        content = json.loads(path.read_text())
        return cls(path, content["about"], content["records"])

    def has(self, section: str, contender: str, cell: str, turn: int) -> bool:
        """Whether this was measured already."""
        wanted = (section, contender, cell, turn)
        return any(tuple(record[name] for name in _KEY) == wanted for record in self.records)

    def add(
        self, section: str, contender: str, cell: str, turn: int, figures: Mapping[str, Any]
    ) -> None:
        """Keep figures, and save all."""
        key = dict(zip(_KEY, (section, contender, cell, turn), strict=True))
        self.records.append(key | dict(figures))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text(
            json.dumps({"about": dict(self.about), "records": self.records}, indent=1) + "\n"
        )
        unfinished.replace(self.path)

    def of(self, section: str, contender: str, cell: str) -> Iterator[dict[str, Any]]:
        """The figures of all rounds."""
        for record in self.records:
            if (record["section"], record["contender"], record["cell"]) == (
                section,
                contender,
                cell,
            ):
                yield record
