"""What ``slm keys`` says of keys: in words, or as JSON."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from slm.cli.render import Output

if TYPE_CHECKING:
    from slm.keys.store import ApiKey, KeyLimits, NewKey

_NAME_WIDTH: Final = 24

_PATIENCE: Final = timedelta(minutes=5)
"""A stack's key ends within about a minute; a schedule that fails tries again."""


def tell_new(new: "NewKey", output: Output) -> None:
    """A key that was just made, with its value: the one time that it is shown."""
    if output.as_json:
        output.result({**facts(new.key), "value": new.value})
        return
    tell([new.key], output)
    output.line()
    output.fact("Key", new.value, "bold")
    output.line("Keep it now: it is shown this once, and written nowhere.", "yellow")


def tell(keys: "list[ApiKey]", output: Output) -> None:
    """Keys, without their values."""
    if output.as_json:
        output.result({"keys": [facts(key) for key in keys]})
        return
    if keys:
        # In one piece: line by line 10,000 keys take the console seconds.
        width = max(_NAME_WIDTH, *(len(key.name) + 2 for key in keys))
        output.line("\n".join(row(key, width) for key in keys))
    for key in keys:
        if not key.works:
            output.line(key.refusal(), "yellow")
        if key.ends and key.ends + _PATIENCE < datetime.now(UTC):
            output.line(
                f"API key {key.name} ({key.key_id}) still works: what was to end it has failed. "
                f"End it: slm keys revoke {key.key_id}.",
                "yellow",
            )


def tell_limits(limit: "KeyLimits", output: Output) -> None:
    """What a key may use, in words."""
    plan = limit.plan
    output.line(row(limit.key))
    output.fact("Rate", f"{plan.rate_limit:g} requests a second, bursts of {plan.burst_limit}")
    left = "" if limit.requests_left is None else f", {limit.requests_left} left"
    output.fact("Quota", f"{plan.quota} requests a {plan.quota_period}{left}")
    if plan.tokens_per_day:
        left = "" if limit.tokens_left is None else f", {limit.tokens_left} left"
        output.fact("Tokens", f"{plan.tokens_per_day} a day{left}")


def row(key: "ApiKey", name_width: int = _NAME_WIDTH) -> str:
    """A key in a line."""
    ends = f"ends {key.ends:%Y-%m-%d %H:%M} UTC" if key.ends else "does not end"
    return (
        f"{key.name:<{name_width}}{key.key_id:<14}plan {key.plan:<16}"
        f"made {key.created:%Y-%m-%d %H:%M} UTC  {ends}"
    )


def facts(key: "ApiKey") -> dict[str, Any]:
    """A key for programs."""
    return {
        "key_id": key.key_id,
        "name": key.name,
        "plan": key.plan,
        "created": key.created.isoformat(timespec="seconds"),
        "ends": key.ends.isoformat(timespec="seconds") if key.ends else None,
        "works": key.works,
    }


def limit_facts(limit: "KeyLimits") -> dict[str, Any]:
    """What a key may use, for programs."""
    return {
        **facts(limit.key),
        **dict(limit.plan),
        "requests_left": limit.requests_left,
        "tokens_left": limit.tokens_left,
    }
