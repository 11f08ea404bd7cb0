"""A name of one's own for the API."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as certificates
from aws_cdk import aws_route53 as route53
from constructs import Construct

from slm.settings import Settings
from slm.stack_outputs import DOMAIN_TARGET


@dataclass(frozen=True)
class Domain:
    """The name.

    Attributes:
        name: For example ``llm.example.com``.
        certificate_arn: Its certificate, in the stack's region.
        hosted_zone_id: Route 53 zone in which it is entered; empty if it is entered elsewhere.
    """

    name: str
    certificate_arn: str
    hosted_zone_id: str

    @classmethod
    def from_settings(cls, settings: Settings) -> "Domain | None":
        """What the settings ask for; None for API Gateway's own name."""
        if not settings.domain_name:
            return None
        return cls(settings.domain_name, settings.certificate_arn, settings.hosted_zone_id)


class DomainConstruct(Construct):
    """Regional domain name of an API, its one mapping, and the DNS entry where there is a zone.

    Args:
        scope: Owner.
        construct_id: Id in the owner.
        domain: The name.
        stage: What it leads to.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, domain: Domain, stage: apigateway.Stage
    ) -> None:
        super().__init__(scope, construct_id)
        name = apigateway.DomainName(
            self,
            "Name",
            domain_name=domain.name,
            certificate=certificates.Certificate.from_certificate_arn(
                self, "Certificate", domain.certificate_arn
            ),
            endpoint_type=apigateway.EndpointType.REGIONAL,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        name.add_base_path_mapping(stage.rest_api, stage=stage)
        cdk.CfnOutput(
            self,
            "Target",
            value=name.domain_name_alias_domain_name,
            description=f"What the DNS entry for {domain.name} must point to",
        ).override_logical_id(DOMAIN_TARGET)
        if domain.hosted_zone_id:
            # By its L1: the library's alias record wants the zone's name as well.
            for record_type in ("A", "AAAA"):
                route53.CfnRecordSet(
                    self,
                    f"Record{record_type}",
                    name=domain.name,
                    type=record_type,
                    hosted_zone_id=domain.hosted_zone_id,
                    alias_target=route53.CfnRecordSet.AliasTargetProperty(
                        dns_name=name.domain_name_alias_domain_name,
                        hosted_zone_id=name.domain_name_alias_hosted_zone_id,
                    ),
                )
