"""Tokens by day and key, as stacked bars."""

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from slm.charts import COLOURS, figure, legend_beside, save
from slm.usage.summary import UsageLine

_FEWEST_PLACES: Final = 7
"""Days that there is room for at least: a bar of one day is no wider than one of a week."""

_MOST_DATES: Final = 7
"""Dates that can stand side by side."""


def write_chart(lines: Sequence[UsageLine], file: Path) -> None:
    """Draw them into a file.

    Args:
        lines: What to draw.
        file: Where to; its name ends in ``.svg`` or ``.png``.

    Raises:
        SlmError: The file cannot be written, or its name ends in no kind of picture.
    """
    save(draw(lines), file)


def draw(lines: Sequence[UsageLine]) -> Figure:
    """The picture: a bar a day, a colour a key."""
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
    spare = max(_FEWEST_PLACES - len(days), 0) / 2
    axes.set_xlim(-0.5 - spare, max(len(days), 1) - 0.5 + spare)
    axes.set_xticks(range(0, len(days), ceil(len(days) / _MOST_DATES) or 1))
    if lines:
        legend_beside(picture)
    return picture
