"""One page that tells how the API and its model are."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from slm_sagemaker.constructs.metrics import HOUR, StackMetrics


def add_dashboard(
    scope: Construct, metrics: StackMetrics, *, gpus: int, usd_per_hour: float | None
) -> None:
    """The stack's dashboard.

    Args:
        scope: Owner.
        metrics: What is measured.
        gpus: GPUs of an instance; 0 for a CPU instance.
        usd_per_hour: Price of an instance; None if unknown.
    """
    dashboard = cloudwatch.Dashboard(
        scope, "Dashboard", dashboard_name=cdk.Stack.of(scope).stack_name
    )
    dashboard.add_widgets(
        _graph(
            "Requests", [metrics.api("Count", "SampleCount"), metrics.invocations("Invocations")]
        ),
        _graph(
            "Errors",
            [
                metrics.api("4XXError"),
                metrics.api("5XXError"),
                metrics.invocations("Invocation5XXErrors"),
                metrics.invocations("MidStreamErrors"),
            ],
        ),
        _graph(
            "To the first token (microseconds)",
            [metrics.invocations("FirstChunkModelLatency", s) for s in ("p50", "p95", "p99")],
        ),
    )
    utilization = ["CPUUtilization", "MemoryUtilization"]
    if gpus:
        utilization += ["GPUUtilization", "GPUMemoryUtilization"]
    dashboard.add_widgets(
        _graph("Instances (%)", [metrics.instance(name) for name in utilization]),
        _graph(
            "Function",
            [
                metrics.function.metric("ConcurrentExecutions", statistic="Maximum"),
                metrics.function.metric_errors(),
                metrics.function.metric_throttles(),
            ],
        ),
        _graph("Cost", _cost(metrics, usd_per_hour)),
    )


def _cost(metrics: StackMetrics, usd_per_hour: float | None) -> list[cloudwatch.IMetric]:
    hours = metrics.instance_hours(HOUR)
    if usd_per_hour is None:
        return [hours]
    dollars = cloudwatch.MathExpression(
        expression=f"hours * {usd_per_hour}",
        using_metrics={"hours": hours},
        period=HOUR,
        label="Instances, US dollars an hour",
    )
    return [dollars]


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)
