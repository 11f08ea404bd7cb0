"""Security groups and VPC endpoints."""

from typing import Any

from slm.planning.cost import VPC_ENDPOINTS
from tests.unit.cdk_helpers import Template, only, resources, synthesize, text

VPC = {"vpc_id": "vpc-0a1b2c3d", "vpc_subnet_ids": ("subnet-0a1b2c3d",)}


def test_the_endpoints_are_what_is_called_and_only_the_stack_comes_in() -> None:
    template = synthesize(**VPC, vpc_endpoints=True)
    endpoints = [e["Properties"] for e in resources(template, "AWS::EC2::VPCEndpoint").values()]
    assert len(endpoints) == VPC_ENDPOINTS
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
    [nothing] = inner["SecurityGroupEgress"]
    assert (nothing["IpProtocol"], nothing["CidrIp"]) == ("icmp", "255.255.255.255/32")
    for endpoint in endpoints:
        assert endpoint["PrivateDnsEnabled"] is True
        assert endpoint["SecurityGroupIds"] == [{"Fn::GetAtt": [inner_id, "GroupId"]}]


def callers_of(template: Template) -> tuple[str, dict[str, Any]]:
    """Id and properties of the group of container and function."""
    [(group_id, group)] = [
        (i, g["Properties"])
        for i, g in resources(template, "AWS::EC2::SecurityGroup").items()
        if "SecurityGroupIngress" not in g["Properties"]
    ]
    return group_id, group


def test_with_the_hub_every_https_address_can_be_reached() -> None:
    template = synthesize(**VPC, vpc_endpoints=True)
    [rule] = callers_of(template)[1]["SecurityGroupEgress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("0.0.0.0/0", 443, 443)
    assert not resources(template, "AWS::EC2::SecurityGroupEgress")


def test_with_a_model_in_s3_only_the_endpoints_can_be_reached() -> None:
    template = synthesize(**VPC, vpc_endpoints=True, model_data_url="s3://models/hermes/")
    group_id, group = callers_of(template)
    [nothing] = group["SecurityGroupEgress"]
    assert nothing["CidrIp"] == "255.255.255.255/32"
    _, rule = only(template, "AWS::EC2::SecurityGroupEgress")
    [inner] = set(resources(template, "AWS::EC2::SecurityGroup")) - {group_id}
    assert rule["GroupId"] == {"Fn::GetAtt": [group_id, "GroupId"]}
    assert rule["DestinationSecurityGroupId"] == {"Fn::GetAtt": [inner, "GroupId"]}
    assert (rule["FromPort"], rule["ToPort"]) == (443, 443)


def test_a_model_in_s3_without_endpoints_is_reached_as_the_subnets_can() -> None:
    template = synthesize(**VPC, model_data_url="s3://models/hermes/")
    [rule] = callers_of(template)[1]["SecurityGroupEgress"]
    assert rule["CidrIp"] == "0.0.0.0/0"


def test_without_the_switch_there_is_one_group_and_no_endpoint() -> None:
    template = synthesize(**VPC)
    only(template, "AWS::EC2::SecurityGroup")
    assert not resources(template, "AWS::EC2::VPCEndpoint")


def test_without_a_vpc_there_is_nothing() -> None:
    assert not resources(synthesize(), "AWS::EC2::SecurityGroup")
