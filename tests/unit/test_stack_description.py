"""Stacks as CloudFormation describes them."""

from typing import Any

import pytest

from slm.aws import NotFound
from slm.stack_description import describe_stack, outputs_of, parameters_of
from tests.unit.fake_account import FakeAccount

STACK = "SlmSagemakerStack"


def test_parameters_by_name() -> None:
    account: Any = FakeAccount(statuses=["CREATE_COMPLETE"])
    assert parameters_of(describe_stack(account, STACK)) == account.parameters


def test_a_stack_without_outputs_and_parameters() -> None:
    description: Any = {"StackName": STACK, "StackStatus": "REVIEW_IN_PROGRESS"}
    assert (outputs_of(description), parameters_of(description)) == ({}, {})


def test_outputs_by_name() -> None:
    description: Any = {"Outputs": [{"OutputKey": "ApiKeyId", "OutputValue": "k0"}]}
    assert outputs_of(description) == {"ApiKeyId": "k0"}


def test_a_stack_that_is_not_there_is_named() -> None:
    account: Any = FakeAccount()
    with pytest.raises(NotFound, match=f"There is no stack {STACK}"):
        describe_stack(account, STACK)
