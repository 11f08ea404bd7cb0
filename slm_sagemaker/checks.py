"""cdk-nag: which findings are accepted, each with its reason beside the resource."""

import aws_cdk as cdk
import cdk_nag
from constructs import IConstruct


def add_checks(app: cdk.App) -> None:
    """Let synthesis fail for every AwsSolutions finding that is not acknowledged."""
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding on a construct and its children.

    Args:
        construct: Where the finding is.
        rule: Id as cdk-nag prints it, for example ``COG4`` or ``IAM5[Resource::*]``.
        reason: Why it is right here.
    """
    cdk.Validations.of(construct).acknowledge(
        cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
    )
