"""From samples to figures."""

import pytest

from slm.bench.load import Run, Sample
from slm.bench.summary import Percentiles, Summary, percentile


@pytest.mark.parametrize(
    ("values", "q", "expected"),
    [([1.0], 0.99, 1.0), ([1.0, 2.0], 0.5, 1.5), ([0.0, 1.0, 2.0, 3.0, 4.0], 0.25, 1.0)],
)
def test_percentiles_are_interpolated(values: list[float], q: float, expected: float) -> None:
    assert percentile(values, q) == pytest.approx(expected)


def test_percentiles_are_in_milliseconds() -> None:
    assert Percentiles.of([0.003, 0.001, 0.002]) == Percentiles(2.0, 2.9, 2.98)
    assert Percentiles.of([]) is None


def test_only_good_answers_count() -> None:
    good = Sample(1.0, first_token_s=0.1, tokens=10, gaps_s=(0.1, 0.3))
    bad = Sample(9.0, error="status 500")
    summary = Summary.of([Run((good, bad), 2.0, 0.5), Run((good,), 2.0, 0.1)])
    assert (summary.requests, summary.errors) == (2, {"status 500": 1})
    assert (summary.requests_per_s, summary.tokens_per_s) == (0.5, 5.0)
    assert summary.latency_ms == Percentiles(1000, 1000, 1000)
    assert summary.first_token_ms == Percentiles(100, 100, 100)
    assert summary.token_gap_ms is not None
    assert summary.token_gap_ms.p50 == 200
    assert summary.client_cpu_us == pytest.approx(200_000)


def test_nothing_answered() -> None:
    summary = Summary.of([Run((), 1.0, 0.1)])
    assert (summary.requests, summary.latency_ms, summary.client_cpu_us) == (0, None, 0.0)
