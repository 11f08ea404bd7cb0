"""Figures as Markdown, JSON and pictures."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from slm.bench.grid import Cell, cells_of
from slm.bench.report import as_markdown, errors_of, make_folder, write
from slm.bench.summary import Percentiles, Summary
from slm.charts import BarChart

P = Percentiles(1.0, 2.0, 3.0)
WHOLE = Summary(2, {"status 500": 1}, 1.0, 2.0, 64.0, P, None, None, 100.0)
STREAMED = Summary(2, {}, 1.0, 2.0, 64.0, P, P, P, 100.0)
RESULTS = [(Cell(False, 1), WHOLE), (Cell(True, 1), STREAMED), (Cell(True, 4), STREAMED)]


def test_cells() -> None:
    assert [cell.name for cell in cells_of([1, 4])] == [
        "whole, 1 client",
        "whole, 4 clients",
        "streamed, 1 client",
        "streamed, 4 clients",
    ]


def test_the_table_has_a_row_a_cell() -> None:
    _, _, *rows = as_markdown(RESULTS).splitlines()
    assert rows[0] == "| whole, 1 client | 2.0 | 64.0 | - | - | 1.0 / 2.0 / 3.0 | 1 x status 500 |"
    assert rows[2].startswith("| streamed, 4 clients | 2.0 | 64.0 | 1.0 / 2.0 / 3.0 |")
    assert errors_of(STREAMED) == "none"


def test_all_of_it_is_written(tmp_path: Path) -> None:
    make_folder(tmp_path / "new")
    files = write(tmp_path / "new", RESULTS, {"api": "http://x"})
    assert {file.name for file in files} == {
        "bench.json",
        "bench.md",
        "tokens-per-second.svg",
        "first-token.svg",
    }
    content = json.loads((tmp_path / "new" / "bench.json").read_text())
    assert content["api"] == "http://x"
    assert content["results"][1]["first_token_ms"] == {"p50": 1.0, "p95": 2.0, "p99": 3.0}
    assert "- api: http://x\n" in (tmp_path / "new" / "bench.md").read_text()
    for file in files[2:]:
        ElementTree.parse(file)


@pytest.mark.parametrize("values", [(1.0, None), (0.0, 2_500.0), (None, None)])
def test_charts_are_svg(values: tuple[float | None, ...], tmp_path: Path) -> None:
    file = tmp_path / "chart.svg"
    BarChart("A <title>", "ms", ["1", "2"], {"one & only": values}).write(file)
    picture = file.read_text()
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert "<!-- one &amp; only -->" in picture


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_chart_is_the_same_file(kind: str, tmp_path: Path) -> None:
    written = []
    for folder in ("one", "two"):
        file = tmp_path / folder / f"chart.{kind}"
        file.parent.mkdir()
        BarChart("Speed", "tokens/s", ["1"], {"a": [1.0]}).write(file)
        written.append(file.read_bytes())
    assert written[0] == written[1]
