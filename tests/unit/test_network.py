"""Security groups and VPC endpoints."""

from tests.unit.cdk_helpers import only, resources, synthesize, text

VPC = {"vpc_id": "vpc-0a1b2c3d", "vpc_subnet_ids": ("subnet-0a1b2c3d",)}


def test_the_endpoints_are_what_is_called_and_only_the_stack_comes_in() -> None:
    template = synthesize(**VPC, vpc_endpoints=True)
    endpoints = [e["Properties"] for e in resources(template, "AWS::EC2::VPCEndpoint").values()]
    assert {text(e["ServiceName"]) for e in endpoints} == {
        f"com.amazonaws.us-east-1.{service}"
        for service in ("logs", "sagemaker.api", "sagemaker.runtime", "s3")
    }
    groups = resources(template, "AWS::EC2::SecurityGroup")
    [(inner_id, inner)] = [
        (i, g["Properties"]) for i, g in groups.items() if "SecurityGroupIngress" in g["Properties"]
    ]
    [callers] = set(groups) - {inner_id}
    [rule] = inner["SecurityGroupIngress"]
    assert rule["SourceSecurityGroupId"] == {"Fn::GetAtt": [callers, "GroupId"]}
    assert (rule["FromPort"], rule["ToPort"]) == (443, 443)
    for endpoint in endpoints:
        assert endpoint["PrivateDnsEnabled"] is True
        assert endpoint["SecurityGroupIds"] == [{"Fn::GetAtt": [inner_id, "GroupId"]}]


def test_without_the_switch_there_is_one_group_and_no_endpoint() -> None:
    template = synthesize(**VPC)
    only(template, "AWS::EC2::SecurityGroup")
    assert not resources(template, "AWS::EC2::VPCEndpoint")


def test_without_a_vpc_there_is_nothing() -> None:
    assert not resources(synthesize(), "AWS::EC2::SecurityGroup")
