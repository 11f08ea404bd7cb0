"""Many requests in a few figures: throughput, percentiles, errors."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from slm.bench.load import Run

_MS: Final = 1000


@dataclass(frozen=True)
class Percentiles:
    """A distribution, in milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> "Percentiles | None":
        """Of these times; None if there are none."""
        values = sorted(seconds)
        if not values:
            return None
        p50, p95, p99 = (round(_MS * percentile(values, q), 3) for q in (0.5, 0.95, 0.99))
        return cls(p50, p95, p99)


@dataclass(frozen=True)
class Summary:
    """The runs of one kind of load.

    Attributes:
        requests: Requests that were answered well.
        errors: What went wrong -> how often.
        seconds: Time under load.
        requests_per_s: Good answers a second.
        tokens_per_s: Tokens of good answers a second.
        latency_ms: From sending to the end of the answer.
        first_token_ms: To the first piece of text; None for whole answers.
        token_gap_ms: Between tokens; None for whole answers.
        client_cpu_us: CPU time of the load generator for each request, in microseconds.
    """

    requests: int
    errors: dict[str, int]
    seconds: float
    requests_per_s: float
    tokens_per_s: float
    latency_ms: Percentiles | None
    first_token_ms: Percentiles | None
    token_gap_ms: Percentiles | None
    client_cpu_us: float

    @classmethod
    def of(cls, runs: Sequence[Run]) -> "Summary":
        """All runs together."""
        samples = [sample for run in runs for sample in run.samples]
        good = [sample for sample in samples if not sample.error]
        seconds = sum(run.seconds for run in runs)
        firsts = [s.first_token_s for s in good if s.first_token_s is not None]
        cpu_s = sum(run.client_cpu_s for run in runs)
        return cls(
            requests=len(good),
            errors=dict(Counter(sample.error for sample in samples if sample.error)),
            seconds=round(seconds, 3),
            requests_per_s=round(len(good) / seconds, 2),
            tokens_per_s=round(sum(sample.tokens for sample in good) / seconds, 1),
            latency_ms=Percentiles.of(sample.total_s for sample in good),
            first_token_ms=Percentiles.of(firsts),
            token_gap_ms=Percentiles.of(gap for sample in good for gap in sample.gaps_s),
            client_cpu_us=round(1e6 * cpu_s / len(samples), 1) if samples else 0.0,
        )


def percentile(values: Sequence[float], q: float) -> float:
    """The value below which the share ``q`` of the sorted values lies, interpolated."""
    position = q * (len(values) - 1)
    below = int(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (position - below)
