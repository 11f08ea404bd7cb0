"""What can be measured of the stack: each metric once, for alarms and dashboard alike.

Sources: API Gateway guide, "Amazon API Gateway dimensions and metrics"; Lambda guide, "Types of
metrics for Lambda functions"; SageMaker AI guide, "Amazon SageMaker AI metrics in Amazon
CloudWatch" (all 2026-11-24).
"""

from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_

from slm.routes import STAGE
from slm_sagemaker.constructs.autoscaling import VARIANT
from slm_sagemaker.constructs.sagemaker_role import METRICS_NAMESPACE

FIVE_MINUTES: Final = cdk.Duration.minutes(5)
HOUR: Final = cdk.Duration.hours(1)
DAY: Final = cdk.Duration.days(1)

_SAMPLES_PER_HOUR: Final = 60
"""Each instance reports its utilization once a minute."""


@dataclass(frozen=True)
class StackMetrics:
    """The metrics of one stack.

    Attributes:
        endpoint_name: The endpoint.
        api_name: The REST API.
        function: The gateway function.
    """

    endpoint_name: str
    api_name: str
    function: lambda_.Function

    def api(self, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """A metric of the API's stage: ``Count``, ``4XXError``, ``5XXError``, ``Latency``."""
        return cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name=name,
            dimensions_map={"ApiName": self.api_name, "Stage": STAGE},
            statistic=statistic,
            period=FIVE_MINUTES,
        )

    def invocations(
        self, name: str, statistic: str = "Sum", period: cdk.Duration = FIVE_MINUTES
    ) -> cloudwatch.Metric:
        """A metric of the endpoint's invocations; latencies are in microseconds."""
        return self._variant("AWS/SageMaker", name, statistic, period)

    def instance(
        self, name: str, statistic: str = "Average", period: cdk.Duration = FIVE_MINUTES
    ) -> cloudwatch.Metric:
        """A metric of the endpoint's instances, in percent; of GPUs the sum over all of them."""
        return self._variant(METRICS_NAMESPACE, name, statistic, period)

    def instance_hours(self, period: cdk.Duration) -> cloudwatch.MathExpression:
        """Instance hours in a period; no data while nothing runs."""
        return cloudwatch.MathExpression(
            expression=f"samples / {_SAMPLES_PER_HOUR}",
            using_metrics={"samples": self.instance("CPUUtilization", "SampleCount", period)},
            period=period,
            label="Instance hours",
        )

    def _variant(
        self, namespace: str, name: str, statistic: str, period: cdk.Duration
    ) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=namespace,
            metric_name=name,
            dimensions_map={"EndpointName": self.endpoint_name, "VariantName": VARIANT},
            statistic=statistic,
            period=period,
        )
