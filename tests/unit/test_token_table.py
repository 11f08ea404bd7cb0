"""The table that counts tokens: when it is there, who may do what with it."""

from typing import Any

import pytest

from slm.gateway.config import ENVIRONMENT_VARIABLE, GatewayConfig
from slm.gateway.dynamodb_ledger import ENDS, KEY_ID, PERIOD
from slm.settings import SettingsError, load_settings
from slm.settings.plans import PlanOverrides
from slm.stack_names import tokens_table_name
from tests.unit.cdk_helpers import Template, resources, synthesize, synthesize_with

BATCH = {"batch": PlanOverrides(tokens_per_day=1000)}
UNLIMITED = {"batch": PlanOverrides(quota=5)}


def tables(template: Template) -> list[dict[str, Any]]:
    return [found["Properties"] for found in resources(template, "AWS::DynamoDB::Table").values()]


def config(template: Template) -> str:
    """What the gateway function is told."""
    documents = [
        function["Properties"]["Environment"]["Variables"][ENVIRONMENT_VARIABLE]
        for function in resources(template, "AWS::Lambda::Function").values()
        if "Environment" in function["Properties"]
    ]
    [document] = documents
    return str(document)


def test_without_plans_there_is_none() -> None:
    template = synthesize()
    assert tables(template) == []
    assert GatewayConfig.from_json(config(template)).tokens_table == ""


@pytest.mark.parametrize("plans", [BATCH, UNLIMITED])
def test_a_second_plan_brings_it_since_its_keys_are_noted(plans: Any) -> None:
    [table] = tables(synthesize_with(plans=plans))
    assert table["TableName"] == tokens_table_name("SlmSagemakerStack")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["KeySchema"] == [
        {"AttributeName": KEY_ID, "KeyType": "HASH"},
        {"AttributeName": PERIOD, "KeyType": "RANGE"},
    ]
    assert table["TimeToLiveSpecification"] == {"AttributeName": ENDS, "Enabled": True}


def test_it_goes_with_the_stack() -> None:
    [table] = resources(synthesize(tokens_per_day=5), "AWS::DynamoDB::Table").values()
    assert table["DeletionPolicy"] == "Delete"


def test_the_gateway_is_told_of_the_limits_and_nothing_else_counts_them() -> None:
    told = GatewayConfig.from_json(config(synthesize_with(plans=BATCH)))
    assert told.tokens_per_day == {"batch": 1000}
    assert told.tokens_table == tokens_table_name("SlmSagemakerStack")
    without = GatewayConfig.from_json(config(synthesize_with(plans=UNLIMITED)))
    assert (without.tokens_per_day, without.tokens_table) == ({}, "")


def test_the_gateway_may_read_and_add_and_no_more() -> None:
    template = synthesize(tokens_per_day=5)
    [table] = resources(template, "AWS::DynamoDB::Table")
    statements = [
        statement
        for policy in resources(template, "AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "dynamodb" in str(statement)
    ]
    assert statements == [
        {
            "Action": ["dynamodb:BatchGetItem", "dynamodb:UpdateItem"],
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [table, "Arn"]},
        }
    ]


def test_metrics_are_for_the_deployed_gateway_only() -> None:
    assert GatewayConfig.from_json(config(synthesize())).metrics
    assert not load_settings().gateway_config().metrics


def test_a_network_that_shuts_it_out_is_refused() -> None:
    with pytest.raises(SettingsError, match="tokens_per_day"):
        load_settings(
            tokens_per_day=5,
            vpc_id="vpc-0a1b2c3d",
            vpc_subnet_ids=["subnet-0a1b2c3d"],
            vpc_endpoints=True,
            model_data_url="s3://bucket/model.tar.gz",
        )
