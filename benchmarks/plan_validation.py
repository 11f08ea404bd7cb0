"""Predictions of ``slm plan`` next to published measurements.

    python -m benchmarks.plan_validation [FOLDER] [--write docs/planning.md]

FOLDER holds the measurements, ``fit.csv`` and ``speed.csv`` (or ``fit_cases.csv`` and
``speed_cases.csv``) with the columns of ``benchmarks/plan``, which is the default. Each is asked
as the command line would ask, and nothing is set for one case. ``--write`` puts the tables
between the two marks of that page.
"""

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from slm.errors import SlmError
from slm.instances import catalog
from slm.planning.ask import Question, request_of
from slm.planning.model_names import find_model
from slm.planning.plan import Plan, make_plan
from slm.planning.request import USUAL_CONTEXT, Request

Row = Mapping[str, str]

FOLDER: Final = Path(__file__).parent / "plan"
BEGIN: Final = "<!-- validation: written by benchmarks/plan_validation.py -->"
END: Final = "<!-- end of validation -->"

_SHARES: Final = {"weights": 0.02, "KV tokens": 0.15}
_FACTOR: Final = 1.5
"""How near a prediction should be: a share for memory, a factor for speed."""

_RANGE: Final = "inside low-high"
_BETWEEN: Final = "first token from steady to burst"
_WITHIN: Final = {"tokens/s": f"factor {_FACTOR}", "first token": f"factor {_FACTOR}"}
_OTHER_ENGINES: Final = ("transformers-neuronx",)


@dataclass(frozen=True)
class Line:
    """A prediction beside a measurement.

    Attributes:
        case: Its id.
        subject: What was measured, in words.
        what: What is compared.
        measured: The figure that was published.
        predicted: Ours.
        good: Whether it is as near as it should be.
    """

    case: str
    subject: str
    what: str
    measured: str
    predicted: str
    good: bool


def main() -> int:
    """Print the lines and the shares, or write them into the page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    arguments.add_argument("--write", type=Path)
    options = arguments.parse_args()
    lines = list(all_lines(options.folder))
    if options.write:
        options.write.write_text(with_tables(options.write.read_text(), lines))
        return 0
    print("\n".join(table(lines)))
    print("\n".join(summary(lines)))
    return 0


def all_lines(folder: Path) -> Iterator[Line]:
    """Every comparison of a folder."""
    for row in _rows(folder, "fit"):
        yield from fit_lines(row)
    for row in _rows(folder, "speed"):
        yield from speed_lines(row)


def with_tables(page: str, lines: Iterable[Line]) -> str:
    """The page with these tables between its marks."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    lines = list(lines)
    text = "\n".join([*summary(lines), "", *table(lines)])
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def summary(lines: Iterable[Line]) -> Iterator[str]:
    """The share of good predictions of each kind."""
    lines = list(lines)
    yield "| what | within | share |"
    yield "|---|---|---|"
    for what in dict.fromkeys(line.what for line in lines):
        good = [line.good for line in lines if line.what == what]
        within = f"{_SHARES[what]:.0%}" if what in _SHARES else _WITHIN.get(what, "the same")
        yield f"| {what} | {within} | {sum(good)} of {len(good)} ({sum(good) / len(good):.0%}) |"


def table(lines: Iterable[Line]) -> Iterator[str]:
    """A row for each comparison."""
    yield "| case | measurement | what | published | predicted | |"
    yield "|---|---|---|--:|--:|---|"
    for line in lines:
        if line.what != _RANGE:
            yield (
                f"| {line.case} | {line.subject} | {line.what} | {line.measured} | "
                f"{line.predicted} | {'' if line.good else 'no'} |"
            )


def request_for(row: Row) -> Request:
    """What the command line would be told of a case.

    Raises:
        SlmError: The case names something that is unknown.
    """
    instance = row["instance"].partition(" ")[0]
    instance = instance if instance.startswith("ml.") else f"ml.{instance}"
    known = instance in catalog()
    card = "" if re.search(r"unnamed", row["gpu"]) else row["gpu"]
    visible = row.get("gpu_memory_gib_visible") or ""
    version = re.match(r"\d+(\.\d+)*", row["engine_version"])
    context = row.get("max_model_len") or ""
    if not context and "defaults" in row.get("other_settings", ""):
        context = str(find_model(row["model"]).max_context)
    settings = row.get("other_settings", "")
    dtype = re.search(r"dtype (\w+)", settings)
    prompt = re.search(r"(?:MAX_INPUT_TOKENS|max_input|prefill) (\d+)", settings)
    longest = int(context or USUAL_CONTEXT) - 1
    return request_of(
        Question(
            model=row["model"],
            engine=row["engine"],
            region="us-east-1",
            quantize=row["quant"],
            instance=instance if known else "",
            gpu="" if known else card,
            gpus=int(row.get("gpus_used") or row.get("gpus") or 1),
            gpu_memory_gib=float(visible) if visible else None,
            context=int(context) if context else None,
            concurrency=_number(row.get("concurrency", "")) or 1,
            input_tokens=(
                min(int(prompt[1]), longest) if prompt else _number(row.get("input_tokens", ""))
            ),
            output_tokens=_number(row.get("output_tokens", "")),
            engine_version=version[0] if version else "",
            dtype="bfloat16" if dtype and dtype[1] == "bfloat16" else "",
            memory_share=float(row.get("gpu_memory_utilization") or 0) or None,
        )
    )


def fit_lines(row: Row) -> Iterator[Line]:
    """A fit case: outcome, and where they were measured weights and KV tokens."""
    if row["engine"] in _OTHER_ENGINES:
        return
    case, subject, fits = row["case_id"], _subject(row), row["outcome"] == "fits"
    kind = "fits" if fits else "does not fit"
    try:
        plan = make_plan(request_for(row))
    except SlmError as error:
        yield Line(case, subject, kind, row["outcome"], _short(error.message), not fits)
        return
    yield Line(case, subject, kind, row["outcome"], _outcome(plan), plan.fits == fits)
    if row["weights_gib_per_gpu"]:
        measured = float(row["weights_gib_per_gpu"])
        yield _near(case, subject, "weights", measured, plan.memory.weights)
    if row["kv_tokens"]:
        yield _near(case, subject, "KV tokens", float(row["kv_tokens"]), plan.memory.kv_tokens)


def speed_lines(row: Row) -> Iterator[Line]:
    """A speed case: tokens a second, and time to the first one."""
    case, subject = row["case_id"], f"{_subject(row)}, {row['concurrency']} at once"
    try:
        plan = make_plan(request_for(row))
    except SlmError as error:
        yield Line(case, subject, "tokens/s", "", _short(error.message), False)
        return
    if plan.speed is None:
        yield Line(case, subject, "tokens/s", "", _short(plan.reason), False)
        return
    speed = plan.speed.throughput_tokens_per_second
    measured = float(row["tok_s_total"] or 0)
    if not measured:
        speed, measured = plan.speed.decode_tokens_per_second, 1000 / float(row["ms_per_token"])
    yield _near(case, subject, "tokens/s", measured, speed.expected)
    yield Line(case, subject, _RANGE, "", "", speed.low <= measured <= speed.high)
    if row["ttft_ms"]:
        steady, burst = plan.speed.time_to_first_token_s, plan.speed.burst_first_token_s
        measured = float(row["ttft_ms"]) / 1000
        yield _near(case, subject, "first token", measured, steady.expected)
        low, high = min(steady.low, burst.low), max(steady.high, burst.high)
        inside = low <= measured <= high
        between = f"{low:.3g} to {high:.3g}"
        yield Line(case, subject, _BETWEEN, f"{measured:.3g}", between, inside)


def speed_rows(folder: Path = FOLDER) -> Iterator[Row]:
    """The speed cases of a folder."""
    yield from _rows(folder, "speed")


def _rows(folder: Path, kind: str) -> Iterator[Row]:
    file = folder / f"{kind}.csv"
    if not file.exists():
        file = folder / f"{kind}_cases.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _subject(row: Row) -> str:
    count = row.get("gpus_used") or row.get("gpus") or "1"
    engine = f"{row['engine']} {row['engine_version']}".strip()
    return f"{row['model']}, {row['quant']}, {engine}, {count} x {row['gpu'] or 'GPU'}"


def _outcome(plan: Plan) -> str:
    return "fits" if plan.fits else _short(plan.reason)


def _short(reason: str) -> str:
    return "no: " + reason.partition(". ")[0][:90]


def _number(text: str) -> int | None:
    found = re.match(r"\d+", text)
    return int(found[0]) if found else None


def _near(case: str, subject: str, what: str, measured: float, predicted: float) -> Line:
    ratio = predicted / measured
    share = _SHARES.get(what)
    good = abs(ratio - 1) <= share if share else 1 / _FACTOR <= ratio <= _FACTOR
    return Line(case, subject, what, f"{measured:.5g}", f"{predicted:.5g}", good)


if __name__ == "__main__":
    sys.exit(main())
