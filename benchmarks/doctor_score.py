"""Scores the doctor on labelled cases: how often its first, or one of its first three, is right.

    python benchmarks/doctor_score.py CASES.jsonl [--half even|odd] [--wrong]

Each line of the file is an object with ``evidence`` (as ``slm doctor --from`` reads it),
``true_cause``, and optionally ``also_acceptable``. A case whose ``true_cause`` is null is healthy.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from slm.doctor.case import evidence_of_case
from slm.doctor.infer import diagnose

SURE: Final = 0.8


@dataclass(frozen=True)
class Scored:
    """A case, and what the doctor said."""

    case: dict[str, Any]
    said: tuple[tuple[str, float], ...]

    @property
    def accepted(self) -> frozenset[str]:
        """The labels that count as right."""
        return frozenset({self.case["true_cause"] or "", *self.case.get("also_acceptable", ())})

    @property
    def first(self) -> tuple[str, float]:
        """The first answer."""
        return self.said[0] if self.said else ("", 0.0)

    @property
    def right(self) -> bool:
        """Whether the first answer is right."""
        return self.first[0] in self.accepted

    @property
    def in_three(self) -> bool:
        """Whether one of the first three is right."""
        return self.right or any(name in self.accepted for name, _ in self.said[:3])


def score(case: dict[str, Any]) -> Scored:
    """Ask the doctor."""
    answer = diagnose(evidence_of_case(case))
    return Scored(case, tuple((f.cause.id, f.confidence) for f in answer.candidates))


def report(scored: Sequence[Scored]) -> dict[str, float]:
    """The figures."""
    right = [s for s in scored if s.right]
    count = max(1, len(scored))
    sure_wrong = [s for s in scored if not s.right and s.first[1] >= SURE]
    return {
        "cases": len(scored),
        "first_right": len(right) / count,
        "in_first_three": sum(s.in_three for s in scored) / count,
        "sure_and_wrong": len(sure_wrong) / count,
        "right_and_sure": sum(s.first[1] >= SURE for s in right) / max(1, len(right)),
    }


def main() -> None:
    """Print the figures as JSON, and on request the cases that went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--half", choices=("even", "odd"))
    parser.add_argument("--wrong", action="store_true", help="list what went wrong, by id")
    options = parser.parse_args()
    lines = options.cases.read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines if line.strip()]
    if options.half:
        cases = cases[options.half == "odd" :: 2]
    scored = [score(case) for case in cases]
    print(json.dumps(report(scored), indent=2))
    if options.wrong:
        for item in scored:
            if not item.right or item.first[1] < SURE:
                print(item.case.get("id"), item.case["true_cause"], item.said[:4], item.right)


if __name__ == "__main__":
    main()
