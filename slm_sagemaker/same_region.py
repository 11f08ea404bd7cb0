"""What the settings name by its full address must be in the region of the stack."""

import aws_cdk as cdk

from slm.settings import Settings, SettingsError


def require_same_region(stack: cdk.Stack, settings: Settings) -> None:
    """Say before the deployment what AWS would say in the midst of it.

    Images: API_ContainerDefinition (``ModelDataUrl``); keys, certificates of a regional domain and
    secrets: an ARN of another region is unknown to the service that is asked. 2026-11-24.

    Args:
        stack: If its region is open, nothing is checked.
        settings: What to deploy.

    Raises:
        SettingsError: One of them is elsewhere.
    """
    if cdk.Token.is_unresolved(stack.region):
        return
    for name in ("kms_key_arn", "certificate_arn", "hf_token_secret", "image_uri"):
        value: str = getattr(settings, name)
        region = _region_of(value)
        if region not in ("", stack.region):
            raise SettingsError(
                f'{name} = "{value}": it is in {region}, the stack in {stack.region}, and must be '
                f"in the same region. Make one there, or deploy to {region}."
            )


def _region_of(value: str) -> str:
    """Of an ARN or the address of an image; empty for anything else."""
    if value.startswith("arn:"):
        return value.split(":")[3]
    return value.partition(".dkr.ecr.")[2].partition(".")[0]
