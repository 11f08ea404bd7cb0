"""Tokens by day and key, as bars in an SVG picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from slm.usage.summary import UsageLine

_WIDTH: Final = 900
_HEIGHT: Final = 420
_MARGIN: Final = 60
_COLOURS: Final = ("#1a7f5a", "#3b6fb6", "#c2743a", "#7a5ba6", "#a63d57", "#6b7280")


def write_chart(lines: Sequence[UsageLine], file: Path) -> None:
    """Draw them.

    Args:
        lines: What to draw.
        file: Where to; its name ends in ``.svg``.
    """
    days = sorted({line.day for line in lines})
    keys = sorted({line.key for line in lines})
    totals = {day: sum(_tokens(line) for line in lines if line.day == day) for day in days}
    most = max([*totals.values(), 1])
    root = ElementTree.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        attrib={"font-family": "sans-serif", "font-size": "12"},
    )
    ElementTree.SubElement(root, "rect", width="100%", height="100%", fill="white")
    _text(root, _MARGIN, 24, f"Tokens by day and key (at most {most:,} a day)")
    step = (_WIDTH - 2 * _MARGIN) / max(len(days), 1)
    for column, day in enumerate(days):
        left, top = _MARGIN + column * step, float(_HEIGHT - _MARGIN)
        for line in (line for line in lines if line.day == day):
            height = _tokens(line) / most * (_HEIGHT - 2 * _MARGIN)
            top -= height
            bar = ElementTree.SubElement(
                root,
                "rect",
                x=f"{left + step * 0.1:.1f}",
                y=f"{top:.1f}",
                width=f"{step * 0.8:.1f}",
                height=f"{height:.1f}",
                fill=_COLOURS[keys.index(line.key) % len(_COLOURS)],
            )
            ElementTree.SubElement(bar, "title").text = f"{line.key}: {_tokens(line):,} tokens"
        _text(root, left + step * 0.1, _HEIGHT - _MARGIN + 18, day[5:])
    for row, key in enumerate(keys):
        colour = _COLOURS[row % len(_COLOURS)]
        _text(root, _WIDTH - 150, 24 + 16 * row, key, colour)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


def _tokens(line: UsageLine) -> int:
    return line.prompt_tokens + line.generated_tokens


def _text(
    root: ElementTree.Element, x: float, y: float, words: str, colour: str = "#333333"
) -> None:
    ElementTree.SubElement(root, "text", x=f"{x:.1f}", y=f"{y:.1f}", fill=colour).text = words
