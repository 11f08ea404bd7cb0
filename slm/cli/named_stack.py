"""The stack that a command's options name, in the account that they name."""

from slm.aws import Aws
from slm.settings import Settings, load_settings


def named_stack(stack: str | None, profile: str | None, region: str | None) -> tuple[Aws, Settings]:
    """The account and region, and the stack's settings.

    Args:
        stack: Name of the stack; None for the one that the settings name.
        profile: AWS profile; None for the environment's.
        region: AWS region; None for the profile's.

    Raises:
        SettingsError: A setting is wrong.
    """
    overrides = {"stack_name": stack} if stack else {}
    return Aws(profile, region), load_settings(**overrides)
