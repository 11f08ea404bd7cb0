"""Tokens by day and key, as stacked bars."""

from collections.abc import Sequence
from pathlib import Path

from slm.charts import COLOURS, figure, save
from slm.usage.summary import UsageLine


def write_chart(lines: Sequence[UsageLine], file: Path) -> None:
    """Draw them.

    Args:
        lines: What to draw.
        file: Where to; its name ends in ``.svg`` or ``.png``.
    """
    days = sorted({line.day for line in lines})
    picture, axes = figure("Tokens by day and key", "day (UTC)", "tokens")
    below = dict.fromkeys(days, 0)
    for number, key in enumerate(sorted({line.key for line in lines})):
        used = dict.fromkeys(days, 0)
        for line in lines:
            if line.key == key:
                used[line.day] += line.prompt_tokens + line.generated_tokens
        axes.bar(
            days,
            list(used.values()),
            bottom=list(below.values()),
            label=key,
            color=COLOURS[number % len(COLOURS)],
        )
        below = {day: below[day] + used[day] for day in days}
    if lines:
        axes.legend()
    save(picture, file)
