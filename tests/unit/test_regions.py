"""Accounts by region: known at once, or looked up at deployment."""

import aws_cdk as cdk
import pytest

from slm_sagemaker.regions import Regions, UnsupportedRegion
from tests.unit.cdk_helpers import new_app, template_of


def stack_in(region: str | None) -> cdk.Stack:
    return cdk.Stack(new_app(), "Test", env=cdk.Environment(region=region))


@pytest.mark.parametrize(
    ("region", "images", "adapter"),
    [
        ("eu-west-2", "763104351884", "753240598075"),
        ("ap-northeast-3", "364406365360", "753240598075"),
        ("cn-northwest-1", "727897471807", "069767869989"),
    ],
)
def test_a_known_region_needs_no_mapping(region: str, images: str, adapter: str) -> None:
    stack = stack_in(region)
    regions = Regions.of(stack)
    assert (regions.image_account, regions.adapter_account) == (images, adapter)
    assert "Mappings" not in template_of(stack)


def test_an_open_region_gets_one_mapping_for_the_whole_stack() -> None:
    stack = stack_in(None)
    regions = Regions.of(stack)
    assert Regions.of(stack).node.path == regions.node.path
    cdk.CfnOutput(stack, "Images", value=regions.image_account)
    cdk.CfnOutput(stack, "Adapter", value=regions.adapter_account)
    template = template_of(stack)
    [(name, table)] = template["Mappings"].items()
    assert template["Outputs"]["Images"]["Value"] == {
        "Fn::FindInMap": [name, {"Ref": "AWS::Region"}, "imageAccount"]
    }
    assert table["af-south-1"] == {
        "imageAccount": "626614931356",
        "adapterAccount": "753240598075",
    }
    assert len(table) > 30


@pytest.mark.parametrize("region", ["us-gov-west-1", "us-isof-south-1", "mars-north-1"])
def test_a_region_that_lacks_either_is_refused(region: str) -> None:
    with pytest.raises(UnsupportedRegion, match=rf"^{region}: .*Regions: af-south-1, "):
        Regions.of(stack_in(region))
