"""What is changed in ministack and moto, each patch a small model of one AWS page.

A patch replaces a function of the emulator in place: it has no other door. All are undone by
ending the process, which runs nothing but the emulator.
"""

from typing import Final

from tests.emulator.patches import (
    addresses,
    alarms,
    api_keys,
    authorizers,
    integrations,
    key_usage,
    moto_sagemaker,
    repeated_headers,
    schedules,
    stacks,
)

PATCHES: Final = (
    addresses,
    alarms,
    api_keys,
    authorizers,
    integrations,
    key_usage,
    moto_sagemaker,
    repeated_headers,
    schedules,
    stacks,
)


def apply_all() -> None:
    """Apply every patch, once."""
    for patch in PATCHES:
        patch.apply()
