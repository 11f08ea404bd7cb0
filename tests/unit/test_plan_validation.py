"""The plan beside published measurements, and the page that shows it."""

from pathlib import Path

import pytest

from benchmarks.plan_validation import (
    FOLDER,
    Line,
    all_lines,
    main,
    request_for,
    summary,
    with_tables,
)


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return list(all_lines(FOLDER))


def share(lines: list[Line], what: str) -> float:
    good = [line.good for line in lines if line.what == what]
    assert good
    return sum(good) / len(good)


@pytest.mark.parametrize(
    ("what", "least"),
    [
        ("weights", 0.95),
        ("KV tokens", 0.8),
        ("fits", 0.95),
        ("does not fit", 0.65),
        ("tokens/s", 0.9),
        ("inside low-high", 0.9),
        ("first token from steady to burst", 0.8),
    ],
)
def test_predictions_are_near_what_was_published(
    lines: list[Line], what: str, least: float
) -> None:
    assert share(lines, what) >= least


def test_the_page_shows_todays_predictions(repository: Path, lines: list[Line]) -> None:
    page = (repository / "docs" / "planning.md").read_text()
    assert (
        with_tables(page, lines) == page
    ), "run: python -m benchmarks.plan_validation --write docs/planning.md"


def test_the_summary_counts_each_kind() -> None:
    found = [
        Line("a", "", "weights", "1", "1", True),
        Line("b", "", "weights", "1", "2", False),
        Line("b", "", "fits", "fits", "fits", True),
    ]
    assert list(summary(found))[2:] == [
        "| weights | 2% | 1 of 2 (50%) |",
        "| fits | the same | 1 of 1 (100%) |",
    ]


def test_every_measurement_names_its_source() -> None:
    for name in ("fit.csv", "speed.csv"):
        header, *rows = (FOLDER / name).read_text().splitlines()
        assert header.endswith(",source")
        assert all(not row.endswith(",") for row in rows)


def test_a_prompt_that_fills_the_context_leaves_room_for_an_answer() -> None:
    row = {
        "model": "meta-llama/Llama-2-70b-hf",
        "quant": "gptq",
        "engine": "tgi",
        "engine_version": "1.0",
        "instance": "",
        "gpu": "T4",
        "gpus_used": "4",
        "other_settings": "prefill 4096",
    }
    request = request_for(row)
    assert request.context == request.load.input_tokens + 1 == 4096


def test_the_command_prints_tables(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["plan_validation"])
    assert main() == 0
    assert "| what | within | share |" in capsys.readouterr().out
