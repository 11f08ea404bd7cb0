"""What can be done with API keys, wherever they are."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Final, Protocol

from slm.commands import Commands
from slm.errors import SlmError
from slm.keys.durations import NoDuration
from slm.settings import PlanSettings
from slm.wrong_usage import WrongUsage

FIRST_KEY: Final = "first"
"""Name of the key that a deploy, or the twin, makes by itself."""

_NAME_CHARS: Final = 64
_NAME: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{_NAME_CHARS - 1}}}")
_NAMES_SHOWN: Final = 10


class KeyMissing(SlmError):
    """There is no key of this name."""


class KeyExists(SlmError):
    """There is a key of this name already."""


class KeyRefused(SlmError):
    """The key cannot be made or changed so."""


class NoKeyName(WrongUsage):
    """It is no name for a key."""


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key; never the key itself.

    Attributes:
        key_id: Public id, as it stands in logs.
        name: Who or what it is for. After a rotation two keys have it, until the old one ends.
        plan: Its usage plan.
        created: When it was made.
        ends: When it stops working; None for never.
        works: Whether its plan is there; without one it is refused.
    """

    key_id: str
    name: str
    plan: str
    created: datetime
    ends: datetime | None
    works: bool

    def refusal(self, commands: Commands) -> str:
        """Why it is refused where its plan is gone, and what to do.

        Args:
            commands: Those of its place.
        """
        return (
            f"API key {self.name} ({self.key_id}) is refused: its usage plan is gone. Put it into "
            f"another: {commands.slm(f'keys move {self.name} --plan default')}."
        )


@dataclass(frozen=True)
class NewKey:
    """A key that was just made.

    Attributes:
        key: What is known of it.
        value: The key itself, to be shown once.
        replaces: The keys in whose place a rotation made it, with the ends that they have now.
    """

    key: ApiKey
    value: str
    replaces: tuple[ApiKey, ...] = ()


@dataclass(frozen=True)
class KeyLimits:
    """What a key may use, and what is left.

    Attributes:
        key: The key.
        plan: Its plan's limits.
        requests_left: Of the quota, in the running period; None if unknown.
        tokens_left: Of the day's tokens; None where there is no such limit.
    """

    key: ApiKey
    plan: PlanSettings
    requests_left: int | None
    tokens_left: int | None


class KeyStore(Protocol):
    """The keys of a stack or of a twin.

    Attributes:
        commands: Those that mean this place.
    """

    commands: Commands

    def create(self, name: str, plan: str, expires: timedelta | None) -> NewKey:
        """Make a key.

        Raises:
            KeyExists: There is one of this name.
            KeyRefused: There is no such plan.
            NoDuration: It would end before it began.
        """

    def all(self) -> list[ApiKey]:
        """All keys that have not ended, the oldest first."""

    def rotate(self, name: str, overlap: timedelta, expires: timedelta | None) -> NewKey:
        """Make a new key in place of one, which goes on working for a while.

        Args:
            name: The key's name.
            overlap: How long the old one goes on working.
            expires: When the new one ends; None for when the old one would have.

        Raises:
            KeyMissing: There is none of this name.
            KeyRefused: The old one's plan is gone.
            NoDuration: The new one would end before it began.
        """

    def revoke(self, name: str) -> list[ApiKey]:
        """End keys at once.

        Args:
            name: The name of those that end, or the id of one.

        Raises:
            KeyMissing: There is none of this name or id.
        """

    def move(self, name: str, plan: str) -> ApiKey:
        """Put a key into another plan; its value stays.

        Raises:
            KeyMissing: There is none of this name.
            KeyRefused: There is no such plan.
        """

    def limits(self, name: str) -> list[KeyLimits]:
        """What a key may use.

        Raises:
            KeyMissing: There is none of this name.
            KeyRefused: Its plan is gone.
        """


def new_key_value() -> str:
    """A random value for a key: 240 bits in 40 characters, the length of API Gateway's own."""
    return secrets.token_urlsafe(30)


def check_name(name: str) -> None:
    """Refuse a name that logs or tags could not hold.

    Raises:
        NoKeyName: It is none.
    """
    if not _NAME.fullmatch(name):
        shown = name if len(name) <= _NAME_CHARS else f"{name[:_NAME_CHARS]}…"
        raise NoKeyName(
            f"{shown!r} is no name for a key: letters, digits, dots, dashes and underscores, at "
            f"most {_NAME_CHARS}, beginning with a letter or digit."
        )


def check_expires(expires: timedelta | None) -> None:
    """Refuse a key that would never work.

    Raises:
        NoDuration: It would end at once.
    """
    if expires is not None and expires <= timedelta(0):
        raise NoDuration("A key must not end before it begins. Name a longer time, such as 90d.")


def exists_already(name: str, commands: Commands) -> KeyExists:
    """What to say of a name that is taken."""
    return KeyExists(
        f"There is an API key {name} already. Choose another name, or rotate it: "
        f"{commands.slm(f'keys rotate {name}')}."
    )


def named(keys: list[ApiKey], name: str, commands: Commands) -> list[ApiKey]:
    """Those of a name, the newest last.

    Args:
        keys: All keys.
        name: The name.
        commands: Those of the keys' place, for the message.

    Raises:
        KeyMissing: There is none.
    """
    found = [key for key in keys if key.name == name]
    if not found:
        raise no_such_key(name, [key.name for key in keys], commands)
    return found


def named_or_of_id(keys: list[ApiKey], name: str, commands: Commands) -> list[ApiKey]:
    """Those of a name, the newest last; if there are none, the one of that id.

    Args:
        keys: All keys.
        name: The name or id.
        commands: Those of the keys' place, for the message.

    Raises:
        KeyMissing: There is none.
    """
    try:
        return named(keys, name, commands)
    except KeyMissing:
        found = [key for key in keys if key.key_id == name]
        if not found:
            raise
        return found


def replaced(keys: list[ApiKey]) -> set[str]:
    """Ids of the old keys of rotations: a newer one has the same name.

    Args:
        keys: Any keys, the oldest first.
    """
    newest = {key.name: key.key_id for key in keys}
    return {key.key_id for key in keys if newest[key.name] != key.key_id}


def no_such_key(name: str, names: Iterable[str], commands: Commands) -> KeyMissing:
    """What to say of a key that is not there.

    Args:
        name: Its name.
        names: Those that are there.
        commands: Those of the keys' place.
    """
    known = list(dict.fromkeys(names))
    few = len(known) <= _NAMES_SHOWN
    like = [] if few else get_close_matches(name, known, _NAMES_SHOWN)
    shown = like or known[:_NAMES_SHOWN]
    more = len(known) - len(shown)
    others = f" and {more} more, see '{commands.slm('keys list')}'" if more else ""
    return KeyMissing(
        f"There is no API key {name}. There are: {', '.join(shown) or 'none'}{others}."
    )


def check_plan_of(key: ApiKey, commands: Commands) -> None:
    """Refuse what needs the plan of a key that has none any more.

    Raises:
        KeyRefused: Its plan is gone.
    """
    if not key.works:
        raise KeyRefused(key.refusal(commands))


def no_such_plan(plan: str, plans: list[str]) -> KeyRefused:
    """What to say of a plan that is not there."""
    return KeyRefused(
        f"There is no usage plan {plan}. There are: {', '.join(plans)}. It takes a section "
        f"[plans.{plan}] in slm.toml, and then a deploy (or a new start of the twin)."
    )
