"""Our model of a few more resource types of CloudFormation."""

from typing import Any

from tests.emulator.project import Emulator
from tests.emulator.small_stacks import physical_ids, small_stack
from tests.emulator.test_patches_sagemaker import failures

STACK = "SmallResources"


def alarm(**properties: Any) -> dict[str, Any]:
    """An alarm on the sum of two metrics."""
    stat = {"Metric": {"Namespace": "Test", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"}
    return {
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": "sum",
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 1,
                "Threshold": 0,
                "Metrics": [
                    {"Id": "a", "MetricStat": stat, "ReturnData": False},
                    {"Id": "sum", "Expression": "a + 1"},
                ],
                **properties,
            },
        }
    }


def test_an_alarm_on_an_expression_is_kept(emulator: Emulator) -> None:
    """aws-resource-cloudwatch-alarm.html: Metrics"""
    with small_stack(emulator, STACK, alarm()) as stack:
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        (found,) = emulator.client("cloudwatch").describe_alarms(AlarmNames=["sum"])["MetricAlarms"]
        assert found["Threshold"] == 0
    assert emulator.client("cloudwatch").describe_alarms(AlarmNames=["sum"])["MetricAlarms"] == []


def test_an_alarm_is_checked_as_the_api_would(emulator: Emulator) -> None:
    """API_PutMetricAlarm.html, as botocore has it"""
    with small_stack(emulator, STACK, alarm(ComparisonOperator="Roughly")) as stack:
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
        assert "failed to satisfy constraint" in failures(emulator, STACK)


def test_a_web_acl_belongs_to_a_stage(emulator: Emulator) -> None:
    """aws-resource-wafv2-webaclassociation.html"""
    arn = "arn:aws:apigateway:us-east-1::/restapis/none/stages/prod"
    visible = {
        "CloudWatchMetricsEnabled": False,
        "SampledRequestsEnabled": False,
        "MetricName": "m",
    }
    resources = {
        "Acl": {
            "Type": "AWS::WAFv2::WebACL",
            "Properties": {
                "DefaultAction": {"Allow": {}},
                "Scope": "REGIONAL",
                "VisibilityConfig": visible,
                "Rules": [],
            },
        },
        "Association": {
            "Type": "AWS::WAFv2::WebACLAssociation",
            "Properties": {"ResourceArn": arn, "WebACLArn": {"Fn::GetAtt": ["Acl", "Arn"]}},
        },
    }
    waf = emulator.client("wafv2")
    with small_stack(emulator, STACK, resources) as stack:
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert waf.get_web_acl_for_resource(ResourceArn=arn)["WebACL"]["Rules"] == []
    assert waf.list_web_acls(Scope="REGIONAL")["WebACLs"] == []


def test_a_rule_belongs_to_its_security_group(emulator: Emulator) -> None:
    """aws-resource-ec2-securitygroupegress.html"""
    ec2 = emulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    closed = {"IpProtocol": "icmp", "CidrIp": "255.255.255.255/32", "FromPort": 252, "ToPort": 86}
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    group = {"GroupDescription": "small", "VpcId": vpc, "SecurityGroupEgress": [closed]}
    resources = {
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": group},
        "Rule": {
            "Type": "AWS::EC2::SecurityGroupEgress",
            "Properties": {
                "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
                "DestinationSecurityGroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
                **https,
            },
        },
    }
    with small_stack(emulator, STACK, resources) as stack:
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        group_id = physical_ids(emulator, STACK)["Group"]
        (found,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
        assert [p["ToPort"] for p in found["IpPermissionsEgress"] if p["UserIdGroupPairs"]] == [443]
    ec2.delete_vpc(VpcId=vpc)


def test_outputs_have_an_address_that_answers(emulator: Emulator) -> None:
    """A convenience of ours: no name server knows ``amazonaws.com`` here."""
    url = "https://abc123.execute-api.us-east-1.amazonaws.com/prod/"
    outputs = {"Outputs": {"Url": {"Value": f"{url}v1"}}}
    topic = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}

    with small_stack(emulator, STACK, topic, sections=outputs):
        assert emulator.outputs(STACK) == {
            "Url": f"{emulator.url}/restapis/abc123/prod/_user_request_/v1"
        }
