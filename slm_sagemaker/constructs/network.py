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
        closed: Whether these endpoints are all that may be reached.
    """

    vpc_id: str
    subnet_ids: Sequence[str]
    endpoints: bool = False
    closed: bool = False

    @classmethod
    def from_settings(cls, settings: Settings) -> "Network | None":
        """What the settings ask for; None for the services' own network."""
        if not settings.vpc_id:
            return None
        return cls(
            settings.vpc_id,
            settings.vpc_subnet_ids,
            endpoints=settings.vpc_endpoints,
            # Without a download from the Hub nothing outside of AWS is needed.
            closed=settings.vpc_endpoints and bool(settings.model_data_url),
        )


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
        self._network = network
        self.subnet_ids = list(network.subnet_ids)
        group = self._group(
            "SecurityGroup",
            "Model container and gateway function: HTTPS out, nothing in",
            egress=_nothing() if network.closed else _https_anywhere(),
        )
        self.security_group_ids = [group.attr_group_id]
        if network.endpoints:
            self._add_endpoints(group)

    def _group(
        self,
        construct_id: str,
        description: str,
        *,
        egress: ec2.CfnSecurityGroup.EgressProperty,
        ingress: Sequence[ec2.CfnSecurityGroup.IngressProperty] = (),
    ) -> ec2.CfnSecurityGroup:
        return ec2.CfnSecurityGroup(
            self,
            construct_id,
            vpc_id=self._network.vpc_id,
            group_description=description,
            security_group_ingress=list(ingress) or None,
            security_group_egress=[egress],
        )

    def _add_endpoints(self, callers: ec2.CfnSecurityGroup) -> None:
        group = self._group(
            "EndpointsSecurityGroup",
            "VPC endpoints: HTTPS from the model container and the gateway function",
            egress=_nothing(),
            ingress=[
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
        if self._network.closed:
            # A rule of its own: the two groups name each other.
            ec2.CfnSecurityGroupEgress(
                self,
                "ToEndpoints",
                group_id=callers.attr_group_id,
                ip_protocol="tcp",
                from_port=_HTTPS,
                to_port=_HTTPS,
                destination_security_group_id=group.attr_group_id,
                description="HTTPS to the VPC endpoints",
            )
        for service in _ENDPOINT_SERVICES:
            self._add_endpoint(service, group)

    def _add_endpoint(self, service: str, group: ec2.CfnSecurityGroup) -> None:
        ec2.CfnVPCEndpoint(
            self,
            f"Endpoint{service.title().replace('.', '')}",
            vpc_id=self._network.vpc_id,
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
            subnet_ids=self.subnet_ids,
            security_group_ids=[group.attr_group_id],
        )


def _https_anywhere() -> ec2.CfnSecurityGroup.EgressProperty:
    """To the Hub, and to AWS by its public addresses."""
    return ec2.CfnSecurityGroup.EgressProperty(
        ip_protocol="tcp",
        from_port=_HTTPS,
        to_port=_HTTPS,
        cidr_ip="0.0.0.0/0",
        description="HTTPS",
    )


def _nothing() -> ec2.CfnSecurityGroup.EgressProperty:
    """A rule that matches nothing: a group without a rule would let everything out."""
    return ec2.CfnSecurityGroup.EgressProperty(
        ip_protocol="icmp",
        from_port=252,
        to_port=86,
        cidr_ip="255.255.255.255/32",
        description="Nothing",
    )
