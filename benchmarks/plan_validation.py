"""Predictions of ``slm plan`` next to published measurements.

    python benchmarks/plan_validation.py FOLDER

FOLDER holds ``fit_cases.csv`` and ``speed_cases.csv``. Prints a line for each case and the
shares that ``docs/planning.md`` quotes.
"""

import argparse
import csv
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from slm.errors import SlmError
from slm.instances import catalog
from slm.planning.engine_memory import Version
from slm.planning.formats import find_format, format_in_name
from slm.planning.models import find_model
from slm.planning.plan import Plan, Request, default_context, gpus_for, make_plan
from slm.planning.speed import Load

Row = Mapping[str, str]

_KNOWN_ENGINES = ("tgi", "vllm", "llama.cpp")


@dataclass(frozen=True)
class Line:
    """A prediction beside a measurement.

    Attributes:
        case: Its id.
        what: What is compared.
        measured: The figure that was published.
        predicted: Ours.
        good: Whether it is as near as it should be.
        note: Whatever helps to read it.
    """

    case: str
    what: str
    measured: str
    predicted: str
    good: bool
    note: str = ""


def main() -> int:
    """Print the lines and the shares."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    options = arguments.parse_args()
    lines = [line for row in rows(options.folder / "fit_cases.csv") for line in fit_lines(row)]
    lines += [line for row in rows(options.folder / "speed_cases.csv") for line in speed_lines(row)]
    for line in lines:
        mark = "" if line.good else "  <--"
        print(
            f"{line.case:<10} {line.what:<11} {line.measured:>10} {line.predicted:>10} "
            f"{line.note}{mark}"
        )
    for what in dict.fromkeys(line.what for line in lines):
        of_kind = [line for line in lines if line.what == what]
        good = sum(line.good for line in of_kind)
        print(f"{what}: {good} of {len(of_kind)} ({good / len(of_kind):.0%})")
    return 0


def rows(file: Path) -> Iterator[Row]:
    """The rows of a file."""
    with file.open(newline="") as stream:
        yield from csv.DictReader(stream)


def plan_of(row: Row, load: Load | None) -> Plan:
    """What we say to a case.

    Raises:
        SlmError: Nothing.
    """
    engine = row["engine"] if row["engine"] in _KNOWN_ENGINES else "vllm"
    shape = find_model(row["model"])
    version = re.match(r"\d+(\.\d+)*", row["engine_version"])
    fmt = find_format(row["quant"], engine=engine)
    if not fmt.name and format_in_name(row["model"]):
        fmt = find_format(format_in_name(row["model"]), engine=engine)
    found = re.search(r"ml\.[a-z0-9-]+\.\w+", row["instance"])
    instance = found[0] if found and found[0] in catalog() else ""
    visible = row.get("gpu_memory_gib_visible") or ""
    gpus, name = gpus_for(
        instance=instance,
        gpu="" if instance or "unnamed" in row["gpu"] or not row["gpu"] else row["gpu"],
        gpus=int(row.get("gpus_used") or row.get("gpus") or 1),
        memory_gib=float(visible) if visible else None,
    )
    context = int(row.get("max_model_len") or 0) or default_context(shape)
    settings = row.get("other_settings", "")
    return make_plan(
        Request(
            shape=shape,
            fmt=fmt,
            gpus=gpus,
            engine=engine,
            version=Version.parse(version[0] if version else ""),
            instance_type=name,
            region="us-east-1",
            context=context,
            load=load or Load(1, min(context // 2, 4096), 128),
            dtype="bfloat16" if "bfloat16" in settings else "",
            memory_share=float(row.get("gpu_memory_utilization") or 0) or None,
        )
    )


def fit_lines(row: Row) -> Iterator[Line]:
    """A fit case: outcome, and where they were measured weights and KV tokens."""
    case = row["case_id"]
    if (
        row["engine"] not in _KNOWN_ENGINES
        and row["engine"] != "sglang"
        and "djl" not in row["engine"]
    ):
        return
    try:
        plan = plan_of(row, None)
    except SlmError as error:
        yield Line(case, "outcome", row["outcome"], "error", False, error.message[:80])
        return
    fits = row["outcome"] == "fits"
    yield Line(
        case,
        "false fit" if not fits else "false no",
        row["outcome"],
        "fits" if plan.fits else "no",
        plan.fits == fits,
        f"{row['model'][:28]} {row['quant']} {row['engine']} {row['engine_version']} "
        f"{plan.request.gpus.name} x{plan.request.gpus.count}: {plan.reason[:100]}",
    )
    if row["weights_gib_per_gpu"]:
        measured = float(row["weights_gib_per_gpu"])
        yield _near(case, "weights", measured, plan.memory.weights, 1.02)
    if row["kv_tokens"]:
        measured = float(row["kv_tokens"])
        yield _near(case, "kv tokens", measured, plan.memory.kv_tokens, 1.15)


def speed_lines(row: Row) -> Iterator[Line]:
    """A speed case: tokens a second of all requests, time a token, time to the first one."""
    case = row["case_id"]
    requests = re.match(r"\d+", row["concurrency"])
    concurrency = int(requests[0]) if requests else 1
    load = Load(concurrency, int(row["input_tokens"] or 30), int(row["output_tokens"] or 0) or 256)
    try:
        plan = plan_of({**row, "max_model_len": str(load.input_tokens + load.output_tokens)}, load)
    except SlmError as error:
        yield Line(case, "speed", "", "error", False, error.message[:80])
        return
    if plan.speed is None:
        yield Line(case, "speed", "", "refused", False, plan.reason)
        return
    note = (
        f"{row['model'][:26]} {row['quant'][:10]} {row['engine']} {row['gpu']} x{row['gpus']} "
        f"C={concurrency}"
    )
    if row["tok_s_total"]:
        measured = float(row["tok_s_total"])
        throughput = plan.speed.throughput_tokens_per_second
        yield replace(_near(case, "throughput", measured, throughput.expected, 1.5), note=note)
        inside = throughput.low <= measured <= throughput.high
        yield Line(case, "in range", f"{measured:.0f}", f"{throughput.expected:.0f}", inside)
    elif row["ms_per_token"]:
        measured = 1000 / float(row["ms_per_token"])
        decode = plan.speed.decode_tokens_per_second
        yield replace(_near(case, "throughput", measured, decode.expected, 1.5), note=note)
    if row["ttft_ms"]:
        measured = float(row["ttft_ms"]) / 1000
        first = plan.speed.time_to_first_token_s
        yield replace(_near(case, "first token", measured, first.expected, 1.5), note=note)


def _near(case: str, what: str, measured: float, predicted: float, factor: float) -> Line:
    ratio = predicted / measured
    return Line(
        case,
        what,
        f"{measured:.4g}",
        f"{predicted:.4g}",
        1 / factor <= ratio <= factor,
        f"x{ratio:.2f}",
    )


if __name__ == "__main__":
    sys.exit(main())
