"""What ``slm keys`` says of keys: in words, or as JSON."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from slm.cli.render import Output
from slm.errors import SlmError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from slm.commands import Commands
    from slm.keys.store import ApiKey, KeyLimits, NewKey

_NAME_WIDTH: Final = 24

_PATIENCE: Final = timedelta(minutes=5)
"""A stack's key ends within about a minute; a schedule that fails tries again."""


def tell_new(new: "NewKey", commands: "Commands", output: Output) -> None:
    """A key that was just made, with its value: the one time that it is shown."""
    if output.as_json:
        output.result({**facts(new.key, old=False), "value": new.value})
        return
    tell([new.key], commands, output)
    output.line()
    output.fact("Key", new.value, "bold")
    output.line("Keep it now: it is shown this once, and written nowhere.", "yellow")


def tell_rotated(new: "NewKey", commands: "Commands", output: Output) -> None:
    """A key that was made in place of others, and how long those go on working."""
    if output.as_json:
        old = [facts(key, old=True) for key in new.replaces]
        output.result({**facts(new.key, old=False), "value": new.value, "old_keys": old})
        return
    tell_new(new, commands, output)
    for key in new.replaces:
        if key.ends and key.ends > new.key.created:
            output.line(f"The old key {key.key_id} works too until {_minute(key.ends)}.")
        else:
            output.line(f"The old key {key.key_id} is refused from now on.")


def tell_own_key(
    ended: "Iterable[ApiKey]", own_key_id: "Callable[[], str | None]", output: Output
) -> None:
    """Say what follows when the key that the twin's own commands use is among those that end.

    Args:
        ended: Keys that have ended or will.
        own_key_id: Gives the id of the key in the twin's file; None if there is no such file.
        output: Where to say it.
    """
    # Imported here: it takes longer than the help text.
    from slm.cli.own_key import USERS, renewal
    from slm.local.state import StateDirectory

    file = StateDirectory().key_file
    try:
        own = own_key_id()
    except SlmError as error:  # what was asked for is done
        output.line(
            f"Whether the twin's own key is among them is not known: {error.message}", "yellow"
        )
        return
    for key in ended:
        if key.key_id == own:
            output.line(
                f"{key.key_id} is the twin's own key, in {file}: {USERS} use it, and are refused "
                f"when it has ended. {renewal(file)}",
                "yellow",
            )


def tell(keys: "list[ApiKey]", commands: "Commands", output: Output) -> None:
    """Keys, without their values; ``commands`` are those of their place."""
    # Imported here: it takes longer than the help text.
    from slm.keys.store import replaced

    old = replaced(keys)
    if output.as_json:
        output.result({"keys": [facts(key, old=key.key_id in old) for key in keys]})
        return
    if keys:
        # In one piece: line by line 10,000 keys take the console seconds.
        width = max(_NAME_WIDTH, *(len(key.name) + 2 for key in keys))
        output.line("\n".join(row(key, width, old=key.key_id in old) for key in keys))
    for key in keys:
        if not key.works:
            output.line(key.refusal(commands), "yellow")
        if key.ends and key.ends + _PATIENCE < datetime.now(UTC):
            output.line(
                f"API key {key.name} ({key.key_id}) still works: what was to end it has failed. "
                f"End it: {commands.slm(f'keys revoke {key.key_id}')}.",
                "yellow",
            )


def tell_limits(limits: "list[KeyLimits]", output: Output) -> None:
    """What keys may use."""
    # Imported here: it takes longer than the help text.
    from slm.keys.store import replaced

    old = replaced([limit.key for limit in limits])
    if output.as_json:
        found = [_limit_facts(limit, old=limit.key.key_id in old) for limit in limits]
        output.result({"limits": found})
        return
    for limit in limits:
        output.line(row(limit.key, old=limit.key.key_id in old))
        _tell_plan(limit, output)


def _tell_plan(limit: "KeyLimits", output: Output) -> None:
    plan = limit.plan
    output.fact("Rate", f"{plan.rate_limit:g} requests a second, bursts of {plan.burst_limit}")
    left = "" if limit.requests_left is None else f", {limit.requests_left} left"
    output.fact("Quota", f"{plan.quota} requests a {plan.quota_period}{left}")
    if plan.tokens_per_day:
        left = "" if limit.tokens_left is None else f", {limit.tokens_left} left"
        output.fact("Tokens", f"{plan.tokens_per_day} a day{left}")


def row(key: "ApiKey", name_width: int = _NAME_WIDTH, *, old: bool) -> str:
    """A key in a line; an old one is marked, since a newer one has the same name."""
    ends = f"ends {_minute(key.ends)}" if key.ends else "does not end"
    return (
        f"{key.name:<{name_width}}{key.key_id:<14}plan {key.plan:<16}"
        f"made {_minute(key.created)}  {'old, ' if old else ''}{ends}"
    )


def facts(key: "ApiKey", *, old: bool) -> dict[str, Any]:
    """A key for programs; ``old`` says whether a rotation put another in its place."""
    return {
        "key_id": key.key_id,
        "name": key.name,
        "plan": key.plan,
        "created": key.created.isoformat(timespec="seconds"),
        "ends": key.ends.isoformat(timespec="seconds") if key.ends else None,
        "works": key.works,
        "old": old,
    }


def _limit_facts(limit: "KeyLimits", *, old: bool) -> dict[str, Any]:
    return {
        **facts(limit.key, old=old),
        **dict(limit.plan),
        "requests_left": limit.requests_left,
        "tokens_left": limit.tokens_left,
    }


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
