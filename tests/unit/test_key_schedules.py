"""The role by which schedules end keys."""

from slm import stack_outputs
from tests.unit.cdk_helpers import only, statements, synthesize, text


def test_schedules_may_delete_keys_of_the_stack_and_nothing_else() -> None:
    template = synthesize()
    role = template["Outputs"][stack_outputs.KEY_SCHEDULES_ROLE_ARN]["Value"]["Fn::GetAtt"][0]
    [statement] = statements(template, role)
    assert statement["Action"] == "apigateway:DELETE"
    assert text(statement["Resource"]) == (
        "arn:${AWS::Partition}:apigateway:${AWS::Region}::/apikeys/*"
    )
    assert statement["Condition"] == {
        "StringEquals": {"aws:ResourceTag/slm:stack": "SlmSagemakerStack"}
    }


def test_only_the_stacks_own_schedules_act_as_the_role() -> None:
    template = synthesize()
    role = template["Outputs"][stack_outputs.KEY_SCHEDULES_ROLE_ARN]["Value"]["Fn::GetAtt"][0]
    [trust] = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    group, _ = only(template, "AWS::Scheduler::ScheduleGroup")
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"},
            "aws:SourceArn": {"Fn::GetAtt": [group, "Arn"]},
        }
    }
