"""CloudWatch alarms on expressions; ministack knows those on one metric.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
They are checked and kept, but never evaluated.
"""

from typing import Any, Final

from ministack.services.cloudformation import provisioners

from tests.emulator.resources.api_shapes import checked

_NO_METRIC: Final = {"Namespace": "Expression", "MetricName": "Expression"}
"""Nothing is ever put there, so the alarm stays without data."""


def apply() -> None:
    """Check every alarm as ``PutMetricAlarm`` would, and accept ``Metrics``."""
    record = provisioners._cw_metric_alarm_record

    def record_expressions_too(name: str, props: dict[str, Any]) -> dict[str, Any]:
        checked("cloudwatch", "PutMetricAlarm", props | {"AlarmName": name})
        if "Metrics" in props:
            props = {n: v for n, v in props.items() if n != "Metrics"} | _NO_METRIC
        return dict(record(name, props))

    provisioners._cw_metric_alarm_record = record_expressions_too
