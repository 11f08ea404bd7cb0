"""Alarms, who is told of them, and the dashboard."""

from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from slm.instances import gpu_count, price_of
from slm.schedule import hours_of_week_utc
from slm.settings import Settings
from slm_sagemaker.constructs.alarms import AlarmLimits, Alarms
from slm_sagemaker.constructs.dashboard import add_dashboard
from slm_sagemaker.constructs.metrics import StackMetrics

_FAILED: Final = (
    "CREATE_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
)
"""How an operation on the stack ends that did not do what it should: a start by the clock has
nobody who looks."""


@dataclass(frozen=True)
class MonitoringOptions:
    """What is watched.

    Attributes:
        limits: When to tell.
        alarms: Whether there are alarms.
        email: Who is told; empty for nobody.
        dashboard: Whether there is a dashboard.
        kms_key_arn: Key for the messages; empty for none.
    """

    limits: AlarmLimits
    alarms: bool
    email: str
    dashboard: bool
    kms_key_arn: str

    @classmethod
    def from_settings(cls, settings: Settings, region: str) -> "MonitoringOptions":
        """What the settings ask for, with the catalog's price for a region."""
        price = price_of(settings.instance_type, region)
        hours = settings.running_hours_parsed
        return cls(
            limits=AlarmLimits(
                gpus=gpu_count(settings.instance_type),
                idle_hours=settings.alarm_idle_hours,
                running_hours_utc=(hours_of_week_utc(hours, settings.time_zone) if hours else None),
                usd_per_hour=price.usd_per_hour if price else None,
                spend_usd_per_day=settings.alarm_spend_usd_per_day,
            ),
            alarms=settings.alarms,
            email=settings.alarm_email,
            dashboard=settings.dashboard,
            kms_key_arn=settings.kms_key_arn,
        )


class MonitoringConstruct(Construct):
    """Topic, alarms and dashboard.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        metrics: What is measured.
        options: What is watched.
        dead_letters: What the clock could not do; None without a schedule.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        metrics: StackMetrics,
        options: MonitoringOptions,
        dead_letters: sqs.Queue | None,
    ) -> None:
        super().__init__(scope, construct_id)
        if options.alarms:
            topic = self._build_topic(options)
            Alarms(
                self,
                "Alarms",
                metrics=metrics,
                limits=options.limits,
                topic=topic,
                dead_letters=dead_letters,
            )
            self._tell_of_failures(topic)
        if options.dashboard:
            add_dashboard(
                self,
                metrics,
                gpus=options.limits.gpus,
                usd_per_hour=options.limits.usd_per_hour,
            )

    def _build_topic(self, options: MonitoringOptions) -> sns.Topic:
        topic = sns.Topic(
            self,
            "Topic",
            enforce_ssl=True,
            master_key=(
                kms.Key.from_key_arn(self, "Key", options.kms_key_arn)
                if options.kms_key_arn
                else None
            ),
        )
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisAccount",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}},
            )
        )
        if options.email:
            topic.add_subscription(subscriptions.EmailSubscription(options.email))
        return topic

    def _tell_of_failures(self, topic: sns.Topic) -> None:
        stack = cdk.Stack.of(self)
        status = events.EventField.from_path("$.detail.status-details.status")
        events.Rule(
            self,
            "OperationFailed",
            description="An operation on the stack failed: a deploy, a stop or a start",
            event_pattern=events.EventPattern(
                source=["aws.cloudformation"],
                detail_type=["CloudFormation Stack Status Change"],
                detail={"stack-id": [stack.stack_id], "status-details": {"status": list(_FAILED)}},
            ),
            targets=[
                targets.SnsTopic(
                    topic,
                    message=events.RuleTargetInput.from_text(
                        f"Stack {stack.stack_name}: {status}. slm doctor says why."
                    ),
                )
            ],
        )
