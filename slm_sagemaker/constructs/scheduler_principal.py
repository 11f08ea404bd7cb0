"""Whom EventBridge Scheduler acts as: roles for the schedules of one group."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler


def scheduler_principal(group: scheduler.CfnScheduleGroup) -> iam.ServicePrincipal:
    """The scheduler on behalf of this group's schedules, and of no other account's or group's
    (EventBridge Scheduler guide, "Prevent confused deputy", 2026-11-24).
    """
    return iam.ServicePrincipal(
        "scheduler.amazonaws.com",
        conditions={
            "StringEquals": {
                "aws:SourceAccount": cdk.Stack.of(group).account,
                "aws:SourceArn": group.attr_arn,
            }
        },
    )
