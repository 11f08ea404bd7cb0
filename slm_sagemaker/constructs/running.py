"""Whether the endpoint exists: a parameter of the stack, and a clock that sets it."""

import json
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from slm.schedule import RunningHours
from slm.stack_parameters import (
    ENDPOINT_RUNNING,
    NEVER_SCHEDULED,
    OTHER_PARAMETERS,
    RUNNING,
    SCHEDULED_AT,
    STOPPED,
)
from slm_sagemaker.checks import acknowledge
from slm_sagemaker.constructs.scheduler_principal import scheduler_principal

_RETRY_S: Final = 3 * 3600
_RETRIES: Final = 60
"""An update waits for the operation that is in progress: CloudFormation refuses a second one,
and the scheduler asks again, less and less often, for three hours."""

_DEAD_LETTER_DAYS: Final = 2
"""The alarm sounds for as long as a dead letter lies there: from Friday's stop to Monday's start
it must fall silent, to sound anew."""


class RunningSwitch(Construct):
    """The parameter ``EndpointRunning`` and the condition that follows from it.

    A deploy keeps the parameter's value, so a stopped stack stays stopped.

    Args:
        stack: The stack itself: the parameter has a fixed name.

    Attributes:
        condition: Holds while the endpoint is to exist.
    """

    def __init__(self, stack: cdk.Stack) -> None:
        super().__init__(stack, "Running")
        parameter = cdk.CfnParameter(
            stack,
            ENDPOINT_RUNNING,
            type="String",
            default=RUNNING,
            allowed_values=[RUNNING, STOPPED],
            description="Whether the endpoint exists and is billed; slm stop and slm start set it",
        )
        self.condition = cdk.CfnCondition(
            self, "Condition", expression=cdk.Fn.condition_equals(parameter, RUNNING)
        )


class RunningSchedule(Construct):
    """Starts and stops the endpoint by the clock, by an update of the stack's one parameter.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        hours: When it runs.
        time_zone: IANA name of the zone that the hours are in.
        group: The stack's group of schedules.

    Attributes:
        dead_letters: What could not be done, after all attempts.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        hours: RunningHours,
        time_zone: str,
        group: scheduler.CfnScheduleGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=cdk.Duration.days(_DEAD_LETTER_DAYS),
        )
        acknowledge(self.dead_letters, "SQS3", "It is the queue of dead letters itself.")
        self._build_mark()
        self._group = group
        self._role = self._build_role()
        self._time_zone = time_zone
        self._build_schedule("Start", hours.start_cron, RUNNING)
        self._build_schedule("Stop", hours.stop_cron, STOPPED)

    def _build_mark(self) -> None:
        """What changes with each start and stop by the clock; see SCHEDULED_AT."""
        parameter = cdk.CfnParameter(
            cdk.Stack.of(self),
            SCHEDULED_AT,
            type="String",
            default=NEVER_SCHEDULED,
            description="When the clock last started or stopped the endpoint; its schedules set it",
        )
        ssm.CfnParameter(
            self,
            "ScheduledAt",
            type="String",
            value=parameter.value_as_string,
            description="When the clock last started or stopped the endpoint",
        )

    def _build_role(self) -> iam.Role:
        """May update this stack and nothing else. The update itself runs as the role that
        deployed the stack: CloudFormation keeps it for the stack, and asks for no PassRole
        ("AWS CloudFormation service role", 2026-11-24). What the template's one parameter of an
        SSM type holds is read as the caller, as a comment in CDK's bootstrap template says. Since
        who may update a stack may change all of it, only schedules of the stack's group act as
        this role (EventBridge Scheduler guide, "Prevent confused deputy", 2026-11-24).
        """
        stack = cdk.Stack.of(self)
        version = stack.format_arn(
            service="ssm",
            resource="parameter",
            resource_name=f"cdk-bootstrap/{stack.synthesizer.bootstrap_qualifier}/version",
        )
        return iam.Role(
            self,
            "Role",
            assumed_by=scheduler_principal(self._group),
            description="Starts and stops the endpoint by the clock",
            inline_policies={
                "Schedule": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            sid="UpdateThisStack",
                            actions=["cloudformation:UpdateStack"],
                            resources=[stack.stack_id],
                        ),
                        iam.PolicyStatement(
                            sid="ReadBootstrapVersion",
                            actions=["ssm:GetParameters"],
                            resources=[version],
                        ),
                        iam.PolicyStatement(
                            sid="KeepDeadLetters",
                            actions=["sqs:SendMessage"],
                            resources=[self.dead_letters.queue_arn],
                        ),
                    ]
                )
            },
        )

    def _build_schedule(self, name: str, cron: str, value: str) -> None:
        request = {
            "StackName": cdk.Stack.of(self).stack_name,
            "UsePreviousTemplate": True,
            "Parameters": [
                {"ParameterKey": ENDPOINT_RUNNING, "ParameterValue": value},
                {
                    "ParameterKey": SCHEDULED_AT,
                    "ParameterValue": scheduler.ContextAttribute.scheduled_time,
                },
                *({"ParameterKey": key, "UsePreviousValue": True} for key in OTHER_PARAMETERS),
            ],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        }
        scheduler.CfnSchedule(
            self,
            name,
            group_name=self._group.ref,
            description=f"{name} the endpoint",
            schedule_expression=cron,
            schedule_expression_timezone=self._time_zone,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=f"arn:{cdk.Aws.PARTITION}:scheduler:::aws-sdk:cloudformation:updateStack",
                role_arn=self._role.role_arn,
                input=json.dumps(request),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=_RETRY_S, maximum_retry_attempts=_RETRIES
                ),
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=self.dead_letters.queue_arn
                ),
            ),
        )
