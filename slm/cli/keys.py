"""``slm keys``: who may call, and how much."""

from typing import Annotated

import typer

from slm.cli.exit_codes import EXPLANATION
from slm.cli.key_words import facts, limit_facts, row, tell, tell_limits, tell_new
from slm.cli.options import JsonOption, ProfileOption, RegionOption, StackOption
from slm.cli.render import reporting

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
            tell_new(place.keys.create(name, plan, ends), output)


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
            output.result({"keys": [facts(key) for key in keys]})
            return
        output.line(f"{place.name}: {len(keys)} keys")
        for key in keys:
            output.line(row(key))


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
        tell(keys, output)


@app.command()
def rotate(
    name: NameArgument,
    *,
    overlap: Annotated[
        str, typer.Option(help="How long the old key goes on working: 7d, 1h, 0s.")
    ] = "7d",
    expires: Annotated[
        str | None,
        typer.Option(help="When the new key ends: 90d; by default when the old one would have."),
    ] = None,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new key in place of one; both work until the overlap ends."""
    with reporting(as_json=as_json) as output:
        from slm.cli.key_places import key_place
        from slm.keys.durations import parse_duration

        ends = parse_duration(expires) if expires else None
        with key_place(stack, profile, region) as place:
            new = place.keys.rotate(name, parse_duration(overlap), ends)
        tell_new(new, output)


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
        tell([key], output)


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
            output.result({"limits": [limit_facts(limit) for limit in found]})
            return
        for limit in found:
            tell_limits(limit, output)
