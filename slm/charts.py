"""Our pictures: matplotlib's, without a display, as SVG or PNG by the file's name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from slm.errors import SlmError

COLOURS: Final = ("#1a7f5a", "#3b6fb6", "#c2743a", "#7a5ba6", "#a63d57", "#6b7280")

_KINDS: Final = (".svg", ".png")

_SIZE_INCHES: Final = (9, 5)
_GROUP_WIDTH: Final = 0.8


def figure(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    """An empty picture.

    Args:
        title: What it shows.
        x: What the horizontal axis counts.
        y: What the vertical axis counts.
    """
    picture = Figure(figsize=_SIZE_INCHES, layout="constrained")
    axes = picture.add_subplot()
    axes.set_title(title)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    return picture, axes


def legend_beside(picture: Figure) -> None:
    """Name what is drawn, to the right of it: inside it would cover something."""
    picture.legend(loc="outside right upper")


def save(picture: Figure, file: Path) -> None:
    """Write it; the same input gives the same bytes.

    Raises:
        SlmError: The file cannot be written, or its name ends in no kind of picture.
    """
    try:
        if file.suffix not in _KINDS:  # matplotlib would add an ending, or know more kinds
            raise ValueError("its name has another ending")
        # Without a salt of ours, matplotlib draws the ids of an SVG by chance.
        with rc_context({"svg.hashsalt": file.stem}):
            picture.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
    except (OSError, ValueError) as error:
        raise SlmError(
            f"The picture {file} cannot be written: {error}. Name a file in a folder that is "
            "there, ending in .svg or .png."
        ) from None


@dataclass(frozen=True)
class BarChart:
    """Bars in groups.

    Attributes:
        title: Its title.
        unit: What the vertical axis counts.
        groups: Names along the horizontal axis.
        series: Name -> a value for each group; None where there is none.
    """

    title: str
    unit: str
    groups: Sequence[str]
    series: Mapping[str, Sequence[float | None]]

    def write(self, file: Path) -> None:
        """Draw it."""
        picture, axes = figure(self.title, "", self.unit)
        width = _GROUP_WIDTH / max(len(self.series), 1)
        for number, (name, values) in enumerate(self.series.items()):
            places = [group + number * width for group in range(len(values))]
            heights = [value or 0.0 for value in values]
            axes.bar(places, heights, width, label=name, color=COLOURS[number % len(COLOURS)])
        middle = _GROUP_WIDTH / 2 - width / 2
        axes.set_xticks([group + middle for group in range(len(self.groups))], self.groups)
        axes.legend()
        save(picture, file)
