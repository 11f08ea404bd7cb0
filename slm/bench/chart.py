"""Grouped bars as SVG, written out: no plotting library is worth its size for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Final

_COLOURS: Final = ("#1b6ca8", "#8fbc5a", "#d98c2b", "#a34a5b", "#6d6d6d")

_WIDTH: Final = 760
_HEIGHT: Final = 340
_LEFT: Final = 70
_RIGHT: Final = 16
_TOP: Final = 68
_BOTTOM: Final = 44
_GROUP_GAP: Final = 0.25
_TICKS: Final = 5
_LEGEND_CHAR_PX: Final = 7


@dataclass(frozen=True)
class BarChart:
    """A chart.

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

    def svg(self) -> str:
        """The picture; readable on light and dark pages."""
        top = _round_up(max((v for values in self.series.values() for v in values if v), default=1))
        plot_height = _HEIGHT - _TOP - _BOTTOM
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            f'font-family="sans-serif" font-size="12" role="img" '
            f'aria-label="{escape(self.title)}">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
            f'<text x="{_LEFT}" y="20" font-size="15" font-weight="bold">'
            f"{escape(self.title)}</text>",
            *self._legend(),
        ]
        for tick in range(_TICKS + 1):
            value = top * tick / _TICKS
            y = _TOP + plot_height * (1 - tick / _TICKS)
            parts.append(
                f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
                'stroke="#dddddd"/>'
            )
            parts.append(
                f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,.6g}</text>'
            )
        parts.append(
            f'<text transform="translate(14 {_TOP + plot_height / 2:.0f}) rotate(-90)" '
            f'text-anchor="middle">{escape(self.unit)}</text>'
        )
        group_width = (_WIDTH - _LEFT - _RIGHT) / len(self.groups)
        for index, group in enumerate(self.groups):
            left = _LEFT + index * group_width
            parts += self._bars(index, left, group_width, top, plot_height)
            parts.append(
                f'<text x="{left + group_width / 2:.1f}" y="{_HEIGHT - _BOTTOM + 18}" '
                f'text-anchor="middle">{escape(group)}</text>'
            )
        return "\n".join([*parts, "</svg>", ""])

    def _legend(self) -> list[str]:
        parts = []
        x = float(_LEFT)
        for name, colour in zip(self.series, _COLOURS, strict=False):
            parts.append(f'<rect x="{x:.0f}" y="34" width="12" height="12" fill="{colour}"/>')
            parts.append(f'<text x="{x + 17:.0f}" y="44">{escape(name)}</text>')
            x += 34 + _LEGEND_CHAR_PX * len(name)
        return parts

    def _bars(
        self, group: int, left: float, width: float, top: float, plot_height: float
    ) -> list[str]:
        bar = width * (1 - _GROUP_GAP) / len(self.series)
        parts = []
        for index, (values, colour) in enumerate(zip(self.series.values(), _COLOURS, strict=False)):
            value = values[group]
            if value is None:
                continue
            height = plot_height * value / top
            x = left + width * _GROUP_GAP / 2 + index * bar
            y = _TOP + plot_height - height
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{bar * 0.92:.1f}" height="{height:.1f}" '
                f'fill="{colour}"/>'
            )
            parts.append(
                f'<text x="{x + bar * 0.46:.1f}" y="{y - 3:.1f}" font-size="10" '
                f'text-anchor="middle">{_short(value)}</text>'
            )
        return parts


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5, 10 times a power of ten."""
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)
