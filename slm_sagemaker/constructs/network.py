"""A VPC of the user's: what joins it, and how it reaches AWS from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from slm.settings import Settings
from slm_sagemaker.checks import acknowledge

_HTTPS: Final = 443

_ENDPOINT_SERVICES: Final = ("logs", "sagemaker.api", "sagemaker.runtime", "s3")
"""What the container and the gateway function call. Images are pulled by SageMaker itself, by
its own way (SageMaker AI guide, "Give SageMaker AI Hosted Endpoints Access to Resources in Your
Amazon VPC", 2026-11-24)."""


@dataclass(frozen=True)
class Network:
    """Where container and function get their network interfaces.

    Attributes:
        vpc_id: The VPC.
        subnet_ids: Its subnets; the container needs a way from there to the Hub, unless the
            model is in S3.
        endpoints: Whether to make VPC endpoints for what the stack calls.
    """

    vpc_id: str
    subnet_ids: Sequence[str]
    endpoints: bool

    @classmethod
    def from_settings(cls, settings: Settings) -> "Network | None":
        """What the settings ask for; None for the services' own network."""
        if not settings.vpc_id:
            return None
        return cls(settings.vpc_id, settings.vpc_subnet_ids, settings.vpc_endpoints)


class NetworkConstruct(Construct):
    """Security group for container and function, and VPC endpoints if they are asked for.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        network: Where.

    Attributes:
        subnet_ids: The subnets.
        security_group_ids: The group: nothing comes in, HTTPS goes out.
    """

    def __init__(self, scope: Construct, construct_id: str, network: Network) -> None:
        super().__init__(scope, construct_id)
        self.subnet_ids = list(network.subnet_ids)
        group = self._group(
            "SecurityGroup", network, "Model container and gateway function: HTTPS out, nothing in"
        )
        self.security_group_ids = [group.attr_group_id]
        if network.endpoints:
            self._add_endpoints(network, group)

    def _group(
        self,
        construct_id: str,
        network: Network,
        description: str,
        ingress: Sequence[ec2.CfnSecurityGroup.IngressProperty] = (),
    ) -> ec2.CfnSecurityGroup:
        return ec2.CfnSecurityGroup(
            self,
            construct_id,
            vpc_id=network.vpc_id,
            group_description=description,
            security_group_ingress=list(ingress) or None,
            security_group_egress=[
                ec2.CfnSecurityGroup.EgressProperty(
                    ip_protocol="tcp",
                    from_port=_HTTPS,
                    to_port=_HTTPS,
                    cidr_ip="0.0.0.0/0",
                    description="HTTPS",
                )
            ],
        )

    def _add_endpoints(self, network: Network, callers: ec2.CfnSecurityGroup) -> None:
        group = self._group(
            "EndpointsSecurityGroup",
            network,
            "VPC endpoints: HTTPS from the model container and the gateway function",
            [
                ec2.CfnSecurityGroup.IngressProperty(
                    ip_protocol="tcp",
                    from_port=_HTTPS,
                    to_port=_HTTPS,
                    source_security_group_id=callers.attr_group_id,
                    description="HTTPS from container and function",
                )
            ],
        )
        acknowledge(group, "EC23", "Only the stack's own security group comes in.")
        for service in _ENDPOINT_SERVICES:
            ec2.CfnVPCEndpoint(
                self,
                f"Endpoint{service.title().replace('.', '')}",
                vpc_id=network.vpc_id,
                service_name=f"com.amazonaws.{cdk.Stack.of(self).region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                # S3's name is otherwise private for resolvers from outside of the VPC alone.
                dns_options=(
                    ec2.CfnVPCEndpoint.DnsOptionsSpecificationProperty(
                        private_dns_only_for_inbound_resolver_endpoint="AllResolvers"
                    )
                    if service == "s3"
                    else None
                ),
                subnet_ids=list(network.subnet_ids),
                security_group_ids=[group.attr_group_id],
            )
