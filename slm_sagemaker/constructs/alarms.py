"""What an operator is told of, and when. ``docs/monitoring.md`` says what to do about each."""

from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from slm_sagemaker.constructs.metrics import DAY, FIVE_MINUTES, HOUR, StackMetrics

_ERRORS: Final = 5
"""Answers with 5xx, or broken streams, in five minutes."""

_FIRST_TOKEN_S: Final = 15
_MICROSECONDS: Final = 1_000_000

_GPU_MEMORY_PERCENT: Final = 99
_GPU_BUSY_PERCENT: Final = 95
_GPU_BUSY_PERIODS: Final = 6
"""Half an hour: a busy GPU is what one pays for, one that never rests makes callers wait."""


@dataclass(frozen=True)
class AlarmLimits:
    """What depends on the settings.

    Attributes:
        gpus: GPUs of an instance; 0 for a CPU instance.
        idle_hours: Hours without a request while it runs; 0 for no such alarm.
        running_hours_utc: Hours of the week, 0 for Monday 00:00 UTC, in which it may run; None if
            it may always.
        usd_per_hour: Price of an instance; None if unknown.
        spend_usd_per_day: What a day may cost; 0 for no such alarm.
    """

    gpus: int
    idle_hours: int
    running_hours_utc: frozenset[int] | None
    usd_per_hour: float | None
    spend_usd_per_day: float


class Alarms(Construct):
    """The alarms, each to one topic. None sounds while the endpoint is stopped on purpose.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        metrics: What is measured.
        limits: What depends on the settings.
        topic: Who is told.
        dead_letters: What the clock could not do; None without a schedule.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metrics: StackMetrics,
        limits: AlarmLimits,
        topic: sns.ITopic,
        dead_letters: sqs.Queue | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._action = actions.SnsAction(topic)
        self._add_errors(metrics)
        self._add_load(metrics, limits)
        self._add_cost(metrics, limits)
        if dead_letters:
            self._add(
                "ScheduleFailed",
                dead_letters.metric_approximate_number_of_messages_visible(),
                1,
                "A scheduled start or stop could not be done after three hours of attempts.",
            )

    def _add_errors(self, metrics: StackMetrics) -> None:
        self._add(
            "ServerErrors",
            # Without an endpoint the gateway answers 503, on purpose.
            cloudwatch.MathExpression(
                expression="IF(FILL(running, 0) > 0, errors, 0)",
                using_metrics={
                    "errors": metrics.api("5XXError"),
                    "running": metrics.instance("CPUUtilization", "SampleCount"),
                },
                period=FIVE_MINUTES,
            ),
            _ERRORS,
            f"{_ERRORS} or more answers with 5xx in five minutes.",
        )
        self._add(
            "StreamErrors",
            metrics.invocations("MidStreamErrors"),
            _ERRORS,
            f"{_ERRORS} or more answers broke off in five minutes, after a status of 200.",
        )
        self._add(
            "FunctionErrors",
            metrics.function.metric_errors(),
            1,
            "The gateway function failed: this is a fault of the gateway.",
        )
        self._add(
            "Throttled",
            metrics.function.metric_throttles(),
            1,
            "Requests found no free concurrency for the gateway function.",
        )
        self._add(
            "FirstTokenSlow",
            metrics.invocations("FirstChunkModelLatency", "p95"),
            _FIRST_TOKEN_S * _MICROSECONDS,
            f"One request in twenty waited {_FIRST_TOKEN_S} s or more for its first token.",
            periods=3,
        )

    def _add_load(self, metrics: StackMetrics, limits: AlarmLimits) -> None:
        if not limits.gpus:
            return
        self._add(
            "GpuMemoryFull",
            metrics.instance("GPUMemoryUtilization", "Maximum"),
            _GPU_MEMORY_PERCENT * limits.gpus,
            "GPU memory is full: the next long prompt may end in an out-of-memory error.",
            periods=3,
        )
        self._add(
            "GpuBusy",
            metrics.instance("GPUUtilization"),
            _GPU_BUSY_PERCENT * limits.gpus,
            "The GPU has not rested for half an hour: requests wait for each other.",
            periods=_GPU_BUSY_PERIODS,
        )

    def _add_cost(self, metrics: StackMetrics, limits: AlarmLimits) -> None:
        running = {"running": metrics.instance("CPUUtilization", "SampleCount", HOUR)}
        if limits.idle_hours:
            self._add(
                "Idle",
                cloudwatch.MathExpression(
                    expression="IF(FILL(invocations, 0) == 0 AND running > 0, 1, 0)",
                    using_metrics=running
                    | {"invocations": metrics.invocations("Invocations", "Sum", HOUR)},
                    period=HOUR,
                ),
                1,
                f"Billed without a request for {limits.idle_hours} hours. Stop it: slm stop.",
                periods=limits.idle_hours,
            )
        if limits.running_hours_utc is not None:
            self._add(
                "OutsideHours",
                cloudwatch.MathExpression(
                    expression=f"IF({_in_hours(limits.running_hours_utc)}, 0, running)",
                    using_metrics=running,
                    period=HOUR,
                ),
                1,
                "The endpoint runs, and is billed, outside of its hours. Stop it: slm stop.",
                periods=2,
            )
        if limits.spend_usd_per_day and limits.usd_per_hour:
            hours = limits.spend_usd_per_day / limits.usd_per_hour
            self._add(
                "Spend",
                metrics.instance_hours(DAY),
                hours,
                f"The instances of a day cost more than ${limits.spend_usd_per_day:g}.",
            )

    def _add(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        description: str,
        *,
        periods: int = 1,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            # A stopped endpoint reports nothing.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"{cdk.Stack.of(self).stack_name}: {description}",
        )
        alarm.add_alarm_action(self._action)


def _in_hours(hours: frozenset[int]) -> str:
    """A metric-math condition; its DAY is 1 on Mondays, its clock UTC."""
    hour_of_week = "(DAY(running) - 1) * 24 + HOUR(running)"
    spans: list[list[int]] = []
    for hour in sorted(hours):
        if spans and spans[-1][1] == hour - 1:
            spans[-1][1] = hour
        else:
            spans.append([hour, hour])
    return " OR ".join(
        f"({hour_of_week} >= {first} AND {hour_of_week} <= {last})" for first, last in spans
    )
