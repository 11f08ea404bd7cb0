"""How much each group of measurements decides about ``slm.planning.engine_speed``'s factors.

    python -m benchmarks.plan_fit

Leaves out one group of speed measurements (an engine on a GPU) at a time, looks for the factors
that suit the others best, and shows what these predict for the group that was left out. Figures
near those of the fixed factors hint that no single group decides them; the search starts from the
fixed ones, so it is a hint only.
"""

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.plan_validation import FOLDER, Row, request_for, speed_rows
from slm.planning.engine_speed import (
    CURRENT,
    OLD,
    VLLM_BEFORE_06,
    VLLM_BEFORE_08,
    Factors,
    usual_factors,
)
from slm.planning.plan import Plan, make_plan
from slm.planning.speed import speed

_NAMES: Final = ("bandwidth", "arithmetic", "step_s", "layer_s", "sequence_s", "unpacking")
_STEPS: Final = (0.8, 0.9, 1.1, 1.25)
_ROUNDS: Final = 3
_MOST_SHARE: Final = 0.85
_GOOD: Final = math.log(1.5)


@dataclass(frozen=True)
class Case:
    """A measurement.

    Attributes:
        group: Engine and GPU.
        plan: What it is planned as.
        measured: Tokens a second.
        together: Whether of all requests.
    """

    group: str
    plan: Plan
    measured: float
    together: bool

    def error(self, factors: Factors) -> float:
        """Logarithm of predicted by measured."""
        found = speed(self.plan.request, self.plan.memory.kv_tokens, factors)
        tokens = (
            found.throughput_tokens_per_second if self.together else found.decode_tokens_per_second
        )
        return math.log(tokens.expected / self.measured)


def main() -> int:
    """Print a line for each group."""
    cases = [case for row in speed_rows(FOLDER) for case in _cases(row)]
    for name, start in (
        ("current", CURRENT),
        ("vLLM before 0.8", VLLM_BEFORE_08),
        ("vLLM before 0.6", VLLM_BEFORE_06),
        ("old", OLD),
    ):
        of_kind = [case for case in cases if _generation(case) is start]
        print(f"{name} engines")
        for group in dict.fromkeys(case.group for case in of_kind):
            left = [case for case in of_kind if case.group == group]
            others = [case for case in of_kind if case.group != group]
            refitted = _fit(others, start) if others else start
            print(
                f"  {group:<28} {len(left):>3} cases: within 1.5 "
                f"{_share(left, start):>4.0%} as fixed, {_share(left, refitted):>4.0%} left out"
            )
    return 0


def _cases(row: Row) -> Iterator[Case]:
    plan = make_plan(request_for(row))
    if plan.speed is None:
        return
    total = float(row["tok_s_total"] or 0)
    measured = total or 1000 / float(row["ms_per_token"])
    yield Case(f"{row['engine']}, {row['gpu']}", plan, measured, bool(total))


def _generation(case: Case) -> Factors:
    return usual_factors(case.plan.request.engine, case.plan.request.version)


def _fit(cases: Sequence[Case], start: Factors) -> Factors:
    """Factors with less error, found by changing one at a time."""
    best, least = start, _loss(cases, start, start)
    for _ in range(_ROUNDS):
        for name in _NAMES:
            for step in _STEPS:
                value = getattr(best, name) * step
                if name in ("bandwidth", "arithmetic"):
                    value = min(value, _MOST_SHARE)
                candidate = replace(best, **{name: value})
                loss = _loss(cases, candidate, start)
                if loss < least:
                    best, least = candidate, loss
    return best


def _loss(cases: Sequence[Case], factors: Factors, prior: Factors) -> float:
    """Mean error, and how far the factors are from where they began: few cases move them little."""
    moved = sum(
        abs(math.log(getattr(factors, name) / getattr(prior, name)))
        for name in _NAMES
        if getattr(prior, name)
    )
    return sum(abs(case.error(factors)) for case in cases) / len(cases) + moved / len(cases)


def _share(cases: Sequence[Case], factors: Factors) -> float:
    return sum(abs(case.error(factors)) <= _GOOD for case in cases) / len(cases)


if __name__ == "__main__":
    sys.exit(main())
