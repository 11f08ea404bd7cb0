"""Cost against throughput."""

from collections.abc import Sequence
from pathlib import Path

from slm.charts import COLOURS, figure, save
from slm.planning.plan import Plan


def write_chart(plans: Sequence[Plan], file: Path) -> None:
    """Draw the plans that fit and have a price.

    Args:
        plans: What ``compare`` gives.
        file: Where to; its name ends in ``.svg`` or ``.png``.
    """
    picture, axes = figure(
        _title(plans), "US dollars an hour", "tokens a second, all requests together"
    )
    axes.set_xscale("log")
    axes.set_yscale("log")
    points = [
        (plan.cost.hour, plan.speed.throughput_tokens_per_second.expected, plan)
        for plan in plans
        if plan.fits and plan.cost and plan.speed
    ]
    axes.scatter([x for x, _, _ in points], [y for _, y, _ in points], color=COLOURS[0])
    for x, y, plan in points:
        name = plan.request.instance_type.removeprefix("ml.")
        axes.annotate(
            name, (x, y), textcoords="offset points", xytext=(5, 3), fontsize=7, color=COLOURS[0]
        )
    save(picture, file)


def _title(plans: Sequence[Plan]) -> str:
    if not plans:
        return "No instance"
    request = plans[0].request
    quantize = f", {request.fmt.name}" if request.fmt.name else ""
    return (
        f"{request.shape.name}{quantize} on {request.engine}, "
        f"{request.load.concurrency} at once"
    )
