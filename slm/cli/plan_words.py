"""A plan in words."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from slm.cli.render import Output
from slm.limits import STREAM_TIMEOUT_S
from slm.planning.compare import comparison_notes
from slm.planning.plan import Plan
from slm.planning.request import Load
from slm.planning.speed import Range

if TYPE_CHECKING:
    from slm.planning.account import Quota


def tell(plan: Plan, output: Output, quota: "Quota | None" = None) -> None:
    """All of a plan, a line for each part."""
    request = plan.request
    where = request.instance_type or request.gpus.name
    gpus = f"{request.gpus.count} x {request.gpus.name}, {request.gpus.memory_gib:.1f} GiB each"
    output.fact("Model", f"{request.shape.name}, {request.shape.parameters / 1e9:.2f}B parameters")
    if request.unknown:
        output.fact("Unknown", request.unknown, "yellow")
    output.fact("Weights", request.fmt.name or "16 bits")
    output.fact("Where", f"{where} ({gpus}), {request.engine}")
    output.fact(
        "Fits", f"{'yes' if plan.fits else 'no'}. {plan.reason}", "green" if plan.fits else "red"
    )
    if request.gpus.capability is not None:
        _tell_memory(plan, output)
    output.fact(
        "Loading",
        f"{plan.download_gib:.1f} GiB to download, {plan.host_memory_gib:.0f} GiB of main memory",
    )
    if plan.fits and plan.speed:
        load = request.load
        output.fact("Load", _load(load))
        output.fact(
            "Speed",
            f"{_range(plan.speed.decode_tokens_per_second)} tokens/s for one request alone, "
            f"{_range(plan.speed.throughput_tokens_per_second)} for all together",
        )
        burst = (
            f"; {_range(plan.speed.burst_first_token_s)} s on average where all "
            f"{load.concurrency} prompts come at once"
            if load.concurrency > 1
            else ""
        )
        output.fact(
            "First token",
            (
                f"later than the API waits ({STREAM_TIMEOUT_S} s): too much at once"
                if _is_too_late(plan)
                else f"after {_range(plan.speed.time_to_first_token_s)} s{burst}"
            ),
        )
    _tell_cost(plan, output)
    if quota:
        output.fact(
            "Quota",
            f"{quota.value:g} instances ({quota.name}); more: "
            f"{quota.request_command(int(quota.value) + 1)}",
        )
    for assumed in request.assumed:
        output.fact("Assumed", assumed)
    for advice in plan.advice:
        output.fact("Advice", advice, "yellow")


def _tell_memory(plan: Plan, output: Output) -> None:
    memory = plan.memory
    output.fact(
        "Memory",
        f"weights {memory.weights:.2f} + keys and values {memory.kv_cache:.2f} + computing "
        f"{memory.activations:.2f} + overhead {memory.overhead:.2f} of {memory.available:.2f} "
        "GiB a GPU",
    )
    output.fact(
        "Capacity",
        f"{memory.kv_tokens} tokens of keys and values: {plan.max_concurrent_requests} requests "
        f"of {plan.request.context} tokens at once",
    )


def _tell_cost(plan: Plan, output: Output) -> None:
    cost, price = plan.cost, plan.price
    if not cost or not price:
        return
    tokens = f", ${cost.per_million_tokens:.2f} for a million tokens at that load"
    output.fact(
        "Cost",
        f"${cost.hour:.2f} an hour, ${cost.day:.2f} a day, ${cost.month:.0f} a month"
        f"{tokens if plan.fits else ''} (price of {price.region}, {price.date})",
    )
    if cost.month_least != cost.month_most:
        output.fact("Scaling", f"${cost.month_least:.0f} to ${cost.month_most:.0f} a month")
    rest = ", ".join(f"{name} ${dollars:.2f}" for name, dollars in cost.rest.items())
    besides = [f"{rest} a month"] if rest else []
    if plan.fits and not _is_too_late(plan):
        acl = ", web ACL" if "web ACL" in cost.rest else ""
        besides.append(
            f"${cost.per_million_requests:.2f} for a million requests "
            f"(API Gateway, Lambda, logs{acl})"
        )
    if besides:
        output.fact("Besides", ", ".join(besides))
    output.fact("", "A SageMaker Savings Plan of one or three years takes up to 64 % off.", "dim")


def table(plans: list[Plan]) -> Iterator[tuple[str, str]]:
    """A line an instance, and its style; the cheapest that fits is marked.

    Of one that does not fit it says why, instead of figures that nobody would see.
    """
    wide = 2 + max(len(_gpus(plan)) for plan in plans)
    yield (
        f"   {'instance':<18}{'GPUs':<{wide}}{'fits':<6}{'KV tokens':>10}{'tokens/s':>10}"
        f"{'$/hour':>9}{'$/month':>9}{'$/M tokens':>12}",
        "bold",
    )
    marked = False
    for plan in plans:
        best = plan.fits and not marked
        marked = marked or best
        yield (
            f"{'-> ' if best else '   '}{plan.request.instance_type:<18}{_gpus(plan):<{wide}}"
            f"{'yes' if plan.fits else 'no':<6}{_figures(plan) if plan.fits else plan.obstacle}",
            "bold green" if best else "" if plan.fits else "dim",
        )


def _gpus(plan: Plan) -> str:
    return f"{plan.request.gpus.count} x {plan.request.gpus.name.removeprefix('NVIDIA ')}"


def _figures(plan: Plan) -> str:
    speed = plan.speed.throughput_tokens_per_second.expected if plan.speed else 0.0
    money = (
        f"{plan.cost.hour:>9.2f}{plan.cost.month:>9.0f}{plan.cost.per_million_tokens:>12.2f}"
        if plan.cost
        else ""
    )
    return f"{plan.memory.kv_tokens:>10}{speed:>10.0f}{money}"


def tell_table(plans: list[Plan], chart: Path | None, output: Output) -> None:
    """The comparison, whose prices these are, and where its picture is."""
    if not plans:
        output.line("No instance of the catalog has a price here.")
        return
    request = plans[0].request
    output.line(
        f"{request.shape.name}, {request.fmt.name or '16 bits'}, {request.engine}; context "
        f"{request.context}; {_load(request.load)}",
        "bold",
    )
    if request.unknown:
        output.line(request.unknown, "yellow")
    for line, style in table(plans):
        output.line(line, style)
    dates: dict[str, set[str]] = {}
    for plan in plans:
        if plan.price:
            dates.setdefault(plan.price.region, set()).add(plan.price.date)
    priced = "; ".join(f"{region}, {' and '.join(sorted(days))}" for region, days in dates.items())
    output.line(f"Prices: {priced}.")
    for assumed in request.assumed:
        output.line(f"Assumed: {assumed}")
    for note in comparison_notes(plans):
        output.line(note, "yellow")
    if chart:
        output.line(f"The picture is in {chart}.")


def _load(load: Load) -> str:
    return (
        f"{load.concurrency} at once, {load.input_tokens} tokens in, "
        f"{load.output_tokens} tokens out"
    )


def _is_too_late(plan: Plan) -> bool:
    """Whether the API ends a request before its first token; it has no say off SageMaker."""
    return (
        bool(plan.request.instance_type)
        and plan.speed is not None
        and plan.speed.time_to_first_token_s.expected > STREAM_TIMEOUT_S
    )


def _range(value: Range) -> str:
    return f"{_figure(value.low)} to {_figure(value.high)}"


def _figure(value: float) -> str:
    """Three digits that count, without an exponent."""
    return f"{value:.3g}" if value < 100 else f"{float(f'{value:.3g}'):.0f}"
