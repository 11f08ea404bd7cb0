"""Whose keys and usage a command means: the twin's of this folder, or a deployed stack's."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from slm.aws import Aws
from slm.instances import price_of
from slm.keys.local import LocalKeys
from slm.keys.store import KeyStore
from slm.local.state import StateDirectory
from slm.settings import load_settings
from slm.usage.local import LocalUsage
from slm.usage.records import UsageSource

_HOURS_PER_DAY = 24


@dataclass(frozen=True)
class Place:
    """Where keys are.

    Attributes:
        name: What to call it.
        keys: Its keys.
        usage: What they used.
        usd_per_day: What its instances cost a day; None if nothing, or unknown.
    """

    name: str
    keys: KeyStore
    usage: UsageSource
    usd_per_day: float | None


@contextmanager
def key_place(stack: str | None, profile: str | None, region: str | None) -> Iterator[Place]:
    """The place that the options name; without any, the twin of this folder.

    Raises:
        SlmError: It cannot be reached.
    """
    settings = load_settings(**({"stack_name": stack} if stack else {}))
    plans = settings.usage_plans()
    if stack or profile or region:
        from slm.keys.deployed import DeployedKeys
        from slm.usage.deployed import DeployedUsage

        aws = Aws(profile, region)
        name = settings.stack_name
        price = price_of(settings.instance_type, aws.region)
        hourly = price.usd_per_hour * settings.initial_instance_count if price else None
        yield Place(
            f"Stack {name}",
            DeployedKeys(aws, name, plans),
            DeployedUsage(aws, name),
            None if hourly is None else hourly * _HOURS_PER_DAY,
        )
        return
    database = StateDirectory().database()
    try:
        yield Place(
            "The twin of this folder", LocalKeys(database, plans), LocalUsage(database), None
        )
    finally:
        database.close()
