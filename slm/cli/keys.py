"""``slm keys``: who may call, and how much."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from slm.cli.exit_codes import EXPLANATION
from slm.cli.options import JsonOption, ProfileOption, RegionOption, StackOption
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from slm.keys.store import ApiKey, KeyLimits, NewKey

app = typer.Typer(
    help="Make, limit, rotate and revoke API keys: of the twin in this folder, or of a deployed "
    "stack if --stack, --profile or --region names one.",
    no_args_is_help=True,
    epilog=EXPLANATION,
)

NameArgument = Annotated[str, typer.Argument(help="Who or what the key is for.")]


@app.command()
def create(
    name: NameArgument,
    *,
    plan: Annotated[str, typer.Option(help="Usage plan, a section of slm.toml.")] = "default",
    expires: Annotated[
        str | None, typer.Option(help="When it ends: 90d, 12h, 30m; never if it is left out.")
    ] = None,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. Its value is shown now, and never again."""
    with reporting(as_json=as_json) as output:
        from slm.cli.key_places import key_place
        from slm.keys.durations import parse_duration

        ends = parse_duration(expires) if expires else None
        with key_place(stack, profile, region) as place:
            _tell_new(place.keys.create(name, plan, ends), output)


@app.command("list")
def list_keys(
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the keys that work."""
    with reporting(as_json=as_json) as output:
        from slm.cli.key_places import key_place

        with key_place(stack, profile, region) as place, output.waiting("Looking"):
            keys = place.keys.all()
        if as_json:
            output.result({"keys": [_facts(key) for key in keys]})
            return
        output.line(f"{place.name}: {len(keys)} keys")
        for key in keys:
            output.line(_row(key))


@app.command()
def show(
    name: NameArgument,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a key, but not its value."""
    with reporting(as_json=as_json) as output:
        from slm.cli.key_places import key_place
        from slm.keys.store import named

        with key_place(stack, profile, region) as place:
            keys = named(place.keys.all(), name)
        _tell(keys, output)


@app.command()
def rotate(
    name: NameArgument,
    *,
    overlap: Annotated[
        str, typer.Option(help="How long the old key goes on working: 7d, 1h, 0s.")
    ] = "7d",
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new key in place of one; both work until the overlap ends."""
    with reporting(as_json=as_json) as output:
        from slm.cli.key_places import key_place
        from slm.keys.durations import parse_duration

        with key_place(stack, profile, region) as place:
            new = place.keys.rotate(name, parse_duration(overlap))
        _tell_new(new, output)


@app.command()
def revoke(
    name: NameArgument,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a key at once, an old one of a rotation included."""
    with reporting(as_json=as_json) as output:
        from slm.cli.key_places import key_place

        with key_place(stack, profile, region) as place:
            ended = place.keys.revoke(name)
        if as_json:
            output.result({"revoked": [key.key_id for key in ended]})
        else:
            output.line(f"API key {name} is revoked ({len(ended)} in all).", "green")


@app.command()
def move(
    name: NameArgument,
    *,
    plan: Annotated[str, typer.Option(help="The usage plan to put it into.")],
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a key into another plan; its value stays."""
    with reporting(as_json=as_json) as output:
        from slm.cli.key_places import key_place

        with key_place(stack, profile, region) as place:
            key = place.keys.move(name, plan)
        _tell([key], output)


@app.command()
def limits(
    name: NameArgument,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a key may use, and what is left."""
    with reporting(as_json=as_json) as output:
        from slm.cli.key_places import key_place

        with key_place(stack, profile, region) as place, output.waiting("Looking"):
            found = place.keys.limits(name)
        if as_json:
            output.result({"limits": [_limit_facts(limit) for limit in found]})
            return
        for limit in found:
            _tell_limits(limit, output)


def _tell_new(new: "NewKey", output: Output) -> None:
    if output.as_json:
        output.result({**_facts(new.key), "value": new.value})
        return
    _tell([new.key], output)
    output.line()
    output.fact("Key", new.value, "bold")
    output.line("Keep it now: it is shown this once, and written nowhere.", "yellow")


def _tell(keys: "list[ApiKey]", output: Output) -> None:
    if output.as_json:
        output.result({"keys": [_facts(key) for key in keys]})
        return
    for key in keys:
        output.line(_row(key))


def _tell_limits(limit: "KeyLimits", output: Output) -> None:
    plan = limit.plan
    output.line(_row(limit.key))
    output.fact("Rate", f"{plan.rate_limit:g} requests a second, bursts of {plan.burst_limit}")
    left = "" if limit.requests_left is None else f", {limit.requests_left} left"
    output.fact("Quota", f"{plan.quota} requests a {plan.quota_period}{left}")
    if plan.tokens_per_day:
        left = "" if limit.tokens_left is None else f", {limit.tokens_left} left"
        output.fact("Tokens", f"{plan.tokens_per_day} a day{left}")


def _row(key: "ApiKey") -> str:
    ends = f"ends {key.ends:%Y-%m-%d %H:%M} UTC" if key.ends else "does not end"
    return (
        f"{key.name:<24}{key.key_id:<14}plan {key.plan:<16}made {key.created:%Y-%m-%d %H:%M} UTC  "
        f"{ends}"
    )


def _facts(key: "ApiKey") -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "plan": key.plan,
        "created": key.created.isoformat(timespec="seconds"),
        "ends": key.ends.isoformat(timespec="seconds") if key.ends else None,
    }


def _limit_facts(limit: "KeyLimits") -> dict[str, Any]:
    return {
        **_facts(limit.key),
        **dict(limit.plan),
        "requests_left": limit.requests_left,
        "tokens_left": limit.tokens_left,
    }
