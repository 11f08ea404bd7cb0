"""``AWS::WAFv2::WebACLAssociation``, with ministack's own WAF behind it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-wafv2-webaclassociation.html
"""

from typing import Final

from ministack.services import waf

from tests.emulator.resources.api_shapes import InvalidProperty, checked
from tests.emulator.resources.resource_type import Created, Properties, ResourceType


def _associate(_logical_id: str, props: Properties, _stack_name: str) -> Created:
    request = checked("wafv2", "AssociateWebACL", props)
    status, _, body = waf._associate_web_acl(request)
    if status >= 400:
        raise InvalidProperty(body.decode())
    return f"{request['WebACLArn']}|{request['ResourceArn']}", {}


def _associate_anew(
    physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
) -> Created:
    return _associate(logical_id, new, stack_name)


def _disassociate(physical_id: str, _props: Properties) -> None:
    web_acl, resource = physical_id.split("|")
    # A new association with the same resource has taken the old one's place.
    if waf._associations.get(resource) == web_acl:
        waf._disassociate_web_acl({"ResourceArn": resource})


TYPES: Final = {
    "AWS::WAFv2::WebACLAssociation": ResourceType(_associate, _associate_anew, _disassociate)
}
