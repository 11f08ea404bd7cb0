"""Log groups that end: with a retention, and gone with the stack."""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

RETENTION: Final[Mapping[int, logs.RetentionDays]] = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    120: logs.RetentionDays.FOUR_MONTHS,
    150: logs.RetentionDays.FIVE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}
"""The setting ``log_retention_days`` -> what CDK calls it."""


def log_group(
    scope: Construct,
    construct_id: str,
    *,
    retention_days: int,
    name: str | None = None,
    kms_key_arn: str = "",
) -> logs.LogGroup:
    """A log group of the stack.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        retention_days: A key of RETENTION.
        name: Only where AWS decides on it. A group with a fixed name that outlived its stack
            would fail the next deployment.
        kms_key_arn: Key that encrypts it; its policy must let CloudWatch Logs use it. Empty for
            AWS's own.
    """
    key = kms.Key.from_key_arn(scope, f"{construct_id}Key", kms_key_arn) if kms_key_arn else None
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=RETENTION[retention_days],
        encryption_key=key,
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
