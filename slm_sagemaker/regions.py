"""What differs by region: the accounts that publish the container images and the adapter layer.

One table serves both kinds of synthesis: with a known region a value is looked up at once,
with an open one the template carries the table as a mapping.
"""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk
from aws_cdk import region_info
from constructs import Construct

from slm.errors import SlmError

_IMAGE_ACCOUNTS: Final[Mapping[str, str]] = {
    "af-south-1": "626614931356",
    "ap-northeast-3": "364406365360",
    "ca-west-1": "204538143572",
    "il-central-1": "780543022126",
}
"""Deep Learning Containers registries that CDK's region facts lack (aws/sagemaker-python-sdk,
``image_uri_config/huggingface-llm.json``, 2026-11-24)."""

_ADAPTER_ACCOUNT: Final = "753240598075"
_ADAPTER_ACCOUNTS: Final[Mapping[str, str]] = {
    "cn-north-1": "041581134020",
    "cn-northwest-1": "069767869989",
}
"""Publishers of the AWS Lambda Web Adapter layer: one account, but for China
(aws/aws-lambda-web-adapter, guide "Zip Packages", 2026-11-24)."""

_PARTITIONS: Final = ("aws", "aws-cn")
"""The adapter's layer is in no other partition."""


class UnsupportedRegion(SlmError):
    """The region lacks the model's container images or the adapter layer."""


class Regions(Construct):
    """The table in a stack, and the values for the stack's region. Use ``Regions.of``.

    Attributes:
        image_account: Account whose registry holds the container images.
        adapter_account: Account that publishes the Lambda Web Adapter layer.
    """

    _ID: Final = "Regions"

    def __init__(self, stack: cdk.Stack) -> None:
        super().__init__(stack, self._ID)
        table = _table()
        if not cdk.Token.is_unresolved(stack.region) and stack.region not in table:
            raise UnsupportedRegion(
                f"{stack.region}: the model's container images or the Lambda Web Adapter are not "
                f"published there. Regions: {', '.join(sorted(table))}."
            )
        mapping = cdk.CfnMapping(self, "Table", mapping=table, lazy=True)
        self.image_account = mapping.find_in_map(stack.region, "imageAccount")
        self.adapter_account = mapping.find_in_map(stack.region, "adapterAccount")

    @classmethod
    def of(cls, scope: Construct) -> "Regions":
        """The one of a construct's stack.

        Raises:
            UnsupportedRegion: The stack's region is known and not in the table.
        """
        stack = cdk.Stack.of(scope)
        found = stack.node.try_find_child(cls._ID)
        return found if isinstance(found, cls) else cls(stack)


def _table() -> dict[str, dict[str, str]]:
    table = {}
    for info in region_info.RegionInfo.regions:
        images = _IMAGE_ACCOUNTS.get(info.name) or region_info.Fact.find(
            info.name, region_info.FactName.DLC_REPOSITORY_ACCOUNT
        )
        if images and info.partition in _PARTITIONS:
            table[info.name] = {
                "imageAccount": images,
                "adapterAccount": _ADAPTER_ACCOUNTS.get(info.name, _ADAPTER_ACCOUNT),
            }
    return table
