"""Whose keys and usage a command means: the twin's of this folder, or a deployed stack's."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

from slm.cli.named_stack import named_stack
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
        if_empty: What to say where there are no keys.
        keys: Its keys.
        usage: What they used.
        names: Gives key id -> name, of keys that have ended too where those are known.
        usd_per_day: What its instances cost a day; None if nothing, or unknown.
        own_key_id: Gives the id of the key that the twin's own commands use; None if there is
            none, or it is a stack's place.

            Raises ``SlmError`` where the file of that key cannot be read.
    """

    name: str
    if_empty: str
    keys: KeyStore
    usage: UsageSource
    names: Callable[[], Mapping[str, str]]
    usd_per_day: float | None
    own_key_id: Callable[[], str | None]


@contextmanager
def key_place(stack: str | None, profile: str | None, region: str | None) -> Iterator[Place]:
    """The place that the options name; without any, the twin of this folder.

    Raises:
        SlmError: It cannot be reached.
    """
    if stack or profile or region:
        from slm.keys.deployed import DeployedKeys
        from slm.operations.costs import fleet_cost
        from slm.usage.deployed import DeployedUsage

        aws, settings = named_stack(stack, profile, region)
        name = settings.stack_name
        hourly = fleet_cost(
            settings.instance_type, settings.initial_instance_count, aws.region
        ).usd_per_hour
        keys = DeployedKeys(aws, name, settings.usage_plans())
        yield Place(
            f"Stack {name}",
            f"'{keys.commands.slm('keys create NAME')}' makes one.",
            keys,
            DeployedUsage(aws, name),
            lambda: {key.key_id: key.name for key in keys.all()},
            None if hourly is None else hourly * _HOURS_PER_DAY,
            own_key_id=lambda: None,
        )
        return
    directory = StateDirectory()
    # What runs does not know what slm.toml says since.
    twin = directory.read()
    plans = (twin or load_settings()).usage_plans()
    with closing(directory.database()) as database:
        local = LocalKeys(database, plans)
        yield Place(
            "The twin of this folder",
            "'make local' makes the first one. With --stack, --profile or --region those of a "
            "deployed stack are shown.",
            local,
            LocalUsage(database),
            local.names,
            usd_per_day=None,
            own_key_id=lambda: _own_key_id(directory, local),
        )


def _own_key_id(directory: StateDirectory, keys: LocalKeys) -> str | None:
    value = directory.own_key()
    return None if value is None else keys.id_of(value)
