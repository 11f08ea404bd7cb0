"""What a configuration takes for granted in the account: made here, and named in its place."""

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tests.emulator.project import Emulator

Found = Mapping[str, str]
"""Settings with what was really made, as environment variables."""


def prepare(emulator: Emulator, file: Path) -> Found:
    """Make what the configuration names but the stack does not; the settings that name it."""
    settings = tomllib.loads(file.read_text())
    found: dict[str, str] = {}
    for name, make in _MAKERS.items():
        if settings.get(name):
            found |= make(emulator, settings[name])
    return found


def _network(emulator: Emulator, _vpc_id: str) -> Found:
    ec2 = emulator.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]
        for block in ("10.7.0.0/24", "10.7.1.0/24")
    ]
    return {"SLM_VPC_ID": vpc, "SLM_VPC_SUBNET_IDS": json.dumps(subnets)}


def _key(emulator: Emulator, _arn: str) -> Found:
    return {"SLM_KMS_KEY_ARN": emulator.client("kms").create_key()["KeyMetadata"]["Arn"]}


def _certificate(emulator: Emulator, _arn: str) -> Found:
    acm = emulator.client("acm")
    arn = acm.request_certificate(DomainName="*.example.com", ValidationMethod="DNS")
    return {"SLM_CERTIFICATE_ARN": arn["CertificateArn"]}


def _zone(emulator: Emulator, _zone_id: str) -> Found:
    zone = emulator.client("route53").create_hosted_zone(
        Name="example.com", CallerReference="prerequisites"
    )
    return {"SLM_HOSTED_ZONE_ID": zone["HostedZone"]["Id"].rpartition("/")[2]}


def _token(emulator: Emulator, name: str) -> Found:
    emulator.client("secretsmanager").create_secret(Name=name, SecretString="hf_token")
    return {}


def _parameter(emulator: Emulator, name: str) -> Found:
    emulator.client("ssm").put_parameter(Name=name, Type="String", Value="hf_token")
    return {}


_MAKERS: Final[Mapping[str, Callable[[Emulator, Any], Found]]] = {
    "vpc_id": _network,
    "kms_key_arn": _key,
    "certificate_arn": _certificate,
    "hosted_zone_id": _zone,
    "hf_token_secret": _token,
    "hf_token_parameter": _parameter,
}
