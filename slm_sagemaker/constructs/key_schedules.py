"""What ``slm keys`` needs of the stack: a role for the schedules that end keys."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from slm.stack_names import STACK_TAG
from slm_sagemaker.checks import acknowledge
from slm_sagemaker.constructs.scheduler_principal import scheduler_principal


class KeySchedules(Construct):
    """Ends keys at their time: schedules are made by commands, in the stack's group.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        group: The stack's group of schedules; no other may act as the role.

    Attributes:
        role: May delete keys that carry the stack's tag, and nothing else.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, group: scheduler.CfnScheduleGroup
    ) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        keys = f"arn:{cdk.Aws.PARTITION}:apigateway:{cdk.Aws.REGION}::/apikeys/*"
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=scheduler_principal(group),
            description="Deletes API keys whose time has come",
            inline_policies={
                "Schedule": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            sid="DeleteKeysOfThisStack",
                            # API Gateway's actions are HTTP methods, and its keys know the tag of
                            # the resource (Service Authorization Reference, "Amazon API Gateway
                            # Management", 2026-11-24).
                            actions=["apigateway:DELETE"],
                            resources=[keys],
                            conditions={
                                "StringEquals": {f"aws:ResourceTag/{STACK_TAG}": stack.stack_name}
                            },
                        )
                    ]
                )
            },
        )
        acknowledge(
            self.role,
            "IAM5[Resource::arn:<AWS::Partition>:apigateway:<AWS::Region>::/apikeys/*]",
            "Keys are made later; the condition holds it to those of this stack.",
        )
