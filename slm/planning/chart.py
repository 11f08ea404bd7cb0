"""Cost against throughput, as an SVG picture.

The standard library's XML writer is enough for points and labels; a plot library would take
longer to import than all of the plan.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from slm.planning.plan import Plan

_WIDTH: Final = 900
_HEIGHT: Final = 560
_MARGIN: Final = 70
_FITS: Final = "#1a7f5a"
_NOT: Final = "#b0b0b0"


def write_chart(plans: Sequence[Plan], file: Path) -> None:
    """Draw the plans that have a price and a speed.

    Args:
        plans: What ``compare`` gives.
        file: Where to; its name ends in ``.svg``.
    """
    points = [
        (plan.cost.hour, plan.speed.throughput_tokens_per_second.expected, plan)
        for plan in plans
        if plan.cost and plan.speed
    ]
    root = ElementTree.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        attrib={"font-family": "sans-serif", "font-size": "12"},
    )
    ElementTree.SubElement(root, "rect", width="100%", height="100%", fill="white")
    _text(root, _WIDTH / 2, 24, _title(plans), anchor="middle", size=15)
    _text(root, _WIDTH / 2, _HEIGHT - 14, "US dollars an hour", anchor="middle")
    _text(root, 12, 44, "tokens a second, all requests together")
    if points:
        across = _Axis([x for x, _, _ in points], _MARGIN, _WIDTH - _MARGIN)
        up = _Axis([y for _, y, _ in points], _HEIGHT - _MARGIN, _MARGIN)
        for axis, horizontal in ((across, True), (up, False)):
            _draw_axis(root, axis, horizontal=horizontal)
        for x, y, plan in points:
            colour = _FITS if plan.fits else _NOT
            place = {"cx": f"{across.place(x):.1f}", "cy": f"{up.place(y):.1f}"}
            dot = ElementTree.SubElement(root, "circle", r="5", fill=colour, attrib=place)
            ElementTree.SubElement(dot, "title").text = (
                f"{plan.request.instance_type}: {plan.reason}"
            )
            label = plan.request.instance_type.removeprefix("ml.")
            _text(root, across.place(x) + 8, up.place(y) + 4, label, colour=colour)
    ElementTree.ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)


class _Axis:
    """A logarithmic axis between two places of the picture."""

    def __init__(self, values: Sequence[float], start: float, stop: float) -> None:
        self.first = math.floor(math.log10(min(values)))
        self.last = max(math.ceil(math.log10(max(values))), self.first + 1)
        self._start, self._stop = start, stop

    def place(self, value: float) -> float:
        share = (math.log10(value) - self.first) / (self.last - self.first)
        return self._start + share * (self._stop - self._start)


def _draw_axis(root: ElementTree.Element, axis: _Axis, *, horizontal: bool) -> None:
    for power in range(axis.first, axis.last + 1):
        place = f"{axis.place(10.0**power):.1f}"
        ends = (
            {"x1": place, "x2": place, "y1": str(_MARGIN), "y2": str(_HEIGHT - _MARGIN)}
            if horizontal
            else {"y1": place, "y2": place, "x1": str(_MARGIN), "x2": str(_WIDTH - _MARGIN)}
        )
        ElementTree.SubElement(root, "line", stroke="#e4e4e4", attrib=ends)
        label = f"{10.0**power:g}"
        if horizontal:
            _text(root, float(place), _HEIGHT - _MARGIN + 18, label, anchor="middle")
        else:
            _text(root, _MARGIN - 8, float(place) + 4, label, anchor="end")


def _text(
    root: ElementTree.Element,
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    size: int = 12,
    colour: str = "#333333",
) -> None:
    element = ElementTree.SubElement(
        root,
        "text",
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        fill=colour,
        attrib={"text-anchor": anchor, "font-size": str(size)},
    )
    element.text = words


def _title(plans: Sequence[Plan]) -> str:
    if not plans:
        return "No instance"
    request = plans[0].request
    quantize = f", {request.fmt.name}" if request.fmt.name else ""
    return (
        f"{request.shape.name}{quantize} on {request.engine}, "
        f"{request.load.concurrency} requests at once (grey: does not fit)"
    )
