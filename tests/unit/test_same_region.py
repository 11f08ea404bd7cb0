"""Addresses of another region are refused before the deployment."""

from typing import Any

import pytest

from slm.settings import SettingsError
from tests.unit.cdk_helpers import synthesize

KEY = "arn:aws:kms:eu-west-1:123456789012:key/mine"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/mine"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub-a1b2c3"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine/tgi@sha256:0a"

ELSEWHERE = [
    {"kms_key_arn": KEY},
    {"certificate_arn": CERTIFICATE, "domain_name": "llm.example.com"},
    {"hf_token_secret": SECRET},
    {"image_uri": IMAGE},
]


@pytest.mark.parametrize("settings", ELSEWHERE, ids=lambda s: next(iter(s)))
def test_another_region_is_refused_by_name(settings: dict[str, Any]) -> None:
    name = next(iter(settings))
    with pytest.raises(SettingsError, match=f"{name} = .*eu-west-1, the stack in us-east-1"):
        synthesize(**settings)


@pytest.mark.parametrize("region", ["eu-west-1", None])
@pytest.mark.parametrize("settings", ELSEWHERE, ids=lambda s: next(iter(s)))
def test_the_same_or_an_open_region_is_taken(region: str | None, settings: dict[str, Any]) -> None:
    assert synthesize(region, **settings)


def test_names_without_a_region_are_taken() -> None:
    assert synthesize(hf_token_secret="hub/token")
