"""Retention of log groups."""

from typing import get_args

import aws_cdk as cdk
import pytest

from slm.settings import Settings
from slm_sagemaker.constructs.log_groups import RETENTION, log_group
from tests.unit.cdk_helpers import new_app, only, template_of


def test_each_value_of_the_setting_has_a_retention() -> None:
    setting = Settings.model_fields["log_retention_days"]
    assert set(RETENTION) == set(get_args(setting.annotation))


@pytest.mark.parametrize("days", RETENTION)
def test_the_retention_is_that_many_days(days: int) -> None:
    stack = cdk.Stack(new_app(), "Test")
    log_group(stack, "Log", retention_days=days)
    _, properties = only(template_of(stack), "AWS::Logs::LogGroup")
    assert properties["RetentionInDays"] == days
    assert "LogGroupName" not in properties
