"""The table in which the gateway counts the tokens of each key, and ``slm keys`` notes its plan."""

from dataclasses import replace

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from slm.gateway.config import GatewayConfig
from slm.gateway.dynamodb_ledger import ENDS, KEY_ID, PERIOD
from slm.settings import Settings
from slm.stack_names import tokens_table_name
from slm_sagemaker.checks import acknowledge


def may_limit_tokens(settings: Settings) -> bool:
    """Whether the stack has the table.

    It has with a second plan, limited or not: a key's plan is noted when it is made or moved, and
    a limit that comes later must find it.
    """
    return bool(settings.plans or settings.token_limits)


def gateway_config(settings: Settings) -> GatewayConfig:
    """What the function is told, besides what the twin is told too."""
    table = tokens_table_name(settings.stack_name) if settings.token_limits else ""
    return replace(settings.gateway_config(), metrics=True, tokens_table=table)


class TokenTable(Construct):
    """A table that costs nothing while nobody asks.

    It holds ids and numbers, so AWS's own key encrypts it: with another one whoever makes keys
    would need that key's permissions too.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        stack_name: The stack's name, by which commands find the table.
    """

    def __init__(self, scope: Construct, construct_id: str, stack_name: str) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Table",
            table_name=tokens_table_name(stack_name),
            partition_key=dynamodb.Attribute(name=KEY_ID, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=PERIOD, type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute=ENDS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        acknowledge(self.table, "DDB3", "It holds a day's counts, which no backup could restore.")

    def grant_count(self, grantee: iam.IGrantable) -> None:
        """Let the gateway read a key's plan and count, and add to the count."""
        self.table.grant(grantee, "dynamodb:BatchGetItem", "dynamodb:UpdateItem")
