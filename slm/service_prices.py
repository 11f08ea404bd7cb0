"""Prices of the AWS services around the endpoint, in US dollars: list prices of us-east-1.

From the pages "Amazon API Gateway pricing", "AWS Lambda pricing", "Amazon CloudWatch pricing", "AWS
WAF pricing", "AWS PrivateLink pricing" and "Amazon VPC pricing", 2026-11-24; other regions differ
by some percent. SageMaker's prices are in the catalog of ``slm.instances``.
"""

from typing import Final

API_USD_PER_MILLION_REQUESTS: Final = 3.5

LAMBDA_USD_PER_GB_S: Final = 0.0000133334
"""On arm64."""

LAMBDA_USD_PER_MILLION_REQUESTS: Final = 0.2

LOG_USD_PER_GB: Final = 0.5
"""For taking it in."""

STORED_LOG_USD_PER_GB_MONTH: Final = 0.03

ALARM_USD_PER_MONTH: Final = 0.1
"""For each metric that an alarm reads."""

DASHBOARD_USD_PER_MONTH: Final = 3
"""Beyond the first three of an account."""

WEB_ACL_USD_PER_MONTH: Final = 6
"""With one rule."""

WEB_ACL_USD_PER_MILLION_REQUESTS: Final = 0.6

VPC_ENDPOINT_USD_PER_HOUR: Final = 0.01
"""An interface endpoint in one zone, before data."""

NAT_GATEWAY_USD_PER_HOUR: Final = 0.045
"""And as much for a GB, which matters only while a model is downloaded."""
