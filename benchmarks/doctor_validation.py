"""Answers of ``slm doctor`` next to the causes of known cases.

    python benchmarks/doctor_validation.py CASES.jsonl [--half even|odd] [--quiet]

A line of the file is a case: ``id``, ``evidence``, ``true_cause``, ``also_acceptable``. Prints the
cases that are wrong, and the shares that matter.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slm.doctor.case import evidence_of_case
from slm.doctor.diagnosis import Candidate, diagnose

SURE = 0.8


@dataclass(frozen=True)
class Scored:
    """A case with its answers.

    Attributes:
        case: Its id.
        right: Labels that are right.
        answers: Ours, most likely first.
    """

    case: str
    right: frozenset[str]
    answers: tuple[Candidate, ...]

    @property
    def first(self) -> bool:
        """Whether the first answer is right."""
        return bool(self.answers) and self.answers[0].cause.id in self.right

    @property
    def in_three(self) -> bool:
        """Whether one of the first three is right."""
        return any(answer.cause.id in self.right for answer in self.answers[:3])

    @property
    def sure(self) -> bool:
        """Whether the first answer is given with high confidence."""
        return bool(self.answers) and self.answers[0].confidence >= SURE


def main() -> int:
    """Print what is wrong, and the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--half", choices=("even", "odd"), help="score only half of the cases")
    parser.add_argument("--quiet", action="store_true", help="print the shares only")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.cases.read_text().splitlines() if line.strip()]
    if options.half:
        rows = rows[options.half == "odd" :: 2]
    scored = [score(row) for row in rows]
    if not options.quiet:
        for case in scored:
            if not case.first or not case.in_three:
                answers = ", ".join(f"{a.cause.id} {a.confidence}" for a in case.answers[:4])
                print(f"{case.case:28} {'|'.join(sorted(case.right)):50} {answers or 'nothing'}")
    print_shares(scored)
    return 0


def score(row: dict[str, Any]) -> Scored:
    """Answer one case."""
    right = frozenset({row["true_cause"], *row.get("also_acceptable", ())})
    return Scored(row["id"], right, diagnose(evidence_of_case(row)).candidates)


def print_shares(scored: Sequence[Scored]) -> None:
    """Print the shares."""
    count = len(scored)
    first = [case for case in scored if case.first]
    wrong = [case for case in scored if not case.first]
    for what, part, whole in (
        ("first cause right", len(first), count),
        ("among the first three", sum(case.in_three for case in scored), count),
        ("wrong, and sure of it", sum(case.sure for case in wrong), count),
        ("right, and sure of it", sum(case.sure for case in first), len(first)),
    ):
        print(f"{what:24} {part:3} of {whole:3}  {part / max(whole, 1):.1%}")


if __name__ == "__main__":
    raise SystemExit(main())
