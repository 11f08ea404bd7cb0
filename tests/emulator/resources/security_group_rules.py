"""``AWS::EC2::SecurityGroupEgress``, with ministack's own EC2 behind it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroupegress.html
"""

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import ec2

from tests.emulator.resources.api_shapes import InvalidProperty
from tests.emulator.resources.resource_type import Created, Properties, ResourceType, generated_name

_NAME_LENGTH: Final = 63

_MEMBERS: Final[Mapping[str, str]] = {
    "IpProtocol": "IpProtocol",
    "FromPort": "FromPort",
    "ToPort": "ToPort",
    "CidrIp": "IpRanges.1.CidrIp",
    "DestinationPrefixListId": "PrefixListIds.1.PrefixListId",
    "DestinationSecurityGroupId": "Groups.1.GroupId",
}
"""The template's property -> the API's member of ``IpPermissions``."""

_OTHER: Final = frozenset({"GroupId", "Description"})


def _create(logical_id: str, props: Properties, _stack_name: str) -> Created:
    _accepted(ec2._authorize_sg_egress(_request(props)))
    name = generated_name(logical_id, _NAME_LENGTH)
    return name, {"Id": name}


def _replace(
    physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
) -> Created:
    return _create(logical_id, new, stack_name)


def _delete(_name: str, props: Properties) -> None:
    _accepted(ec2._revoke_sg_egress(_request(props)))


def _request(props: Properties) -> dict[str, list[str]]:
    unknown = props.keys() - _MEMBERS.keys() - _OTHER
    if unknown:
        raise InvalidProperty(f"Unknown properties of a security group's rule: {sorted(unknown)}")
    members = {
        f"IpPermissions.1.{_MEMBERS[name]}": [str(value)]
        for name, value in props.items()
        if name in _MEMBERS
    }
    return {"GroupId": [props["GroupId"]]} | members


def _accepted(answer: tuple[int, Any, bytes]) -> None:
    status, _, body = answer
    if status >= 400:
        raise InvalidProperty(body.decode())


TYPES: Final = {"AWS::EC2::SecurityGroupEgress": ResourceType(_create, _replace, _delete)}
