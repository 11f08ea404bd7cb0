"""``slm keys``: who may call, and how much."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from slm.cli.exit_codes import EXPLANATION
from slm.cli.key_words import tell, tell_limits, tell_new, tell_own_key, tell_rotated
from slm.cli.options import DeployedOption, JsonOption, ProfileOption, RegionOption
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from slm.cli.key_places import Place

app = typer.Typer(
    help="Make, limit, rotate and revoke API keys. They are those of the twin in this folder, or "
    "of a deployed stack if --stack, --profile or --region names one.",
    no_args_is_help=True,
    epilog=EXPLANATION,
)

NameArgument = Annotated[str, typer.Argument(help="Who or what the key is for.")]


@contextmanager
def _keys(
    stack: str | None, profile: str | None, region: str | None, *, as_json: bool
) -> "Iterator[tuple[Place, Output]]":
    """The frame of these commands: where the keys are, and where to speak."""
    with reporting(as_json=as_json) as output:
        # Imported here: it takes longer than the help text.
        from slm.cli.key_places import key_place

        with key_place(stack, profile, region) as place:
            yield place, output


@app.command(epilog=EXPLANATION)
def create(
    name: NameArgument,
    *,
    plan: Annotated[str, typer.Option(help="Usage plan, a section of slm.toml.")] = "default",
    expires: Annotated[
        str | None, typer.Option(help="When it ends: 90d, 12h, 30m; never if it is left out.")
    ] = None,
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. Its value is shown now, and never again."""
    with _keys(stack, profile, region, as_json=as_json) as (place, output):
        from slm.keys.durations import parse_duration

        ends = None if expires is None else parse_duration(expires)
        tell_new(place.keys.create(name, plan, ends), place.keys.commands, output)


@app.command("list", epilog=EXPLANATION)
def list_keys(
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the keys that have not ended."""
    with _keys(stack, profile, region, as_json=as_json) as (place, output):
        with output.waiting("Looking"):
            keys = place.keys.all()
        if not as_json:
            output.line(f"{place.name}: {len(keys)} {'key' if len(keys) == 1 else 'keys'}")
        tell(keys, place.keys.commands, output)
        if not keys and not as_json:
            output.line(place.if_empty)


@app.command(epilog=EXPLANATION)
def show(
    name: NameArgument,
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a key, but not its value."""
    with _keys(stack, profile, region, as_json=as_json) as (place, output):
        from slm.keys.store import named

        with output.waiting("Looking"):
            keys = named(place.keys.all(), name, place.keys.commands)
        tell(keys, place.keys.commands, output)


@app.command(epilog=EXPLANATION)
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
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new key in place of one; both work until the overlap ends."""
    with _keys(stack, profile, region, as_json=as_json) as (place, output):
        from slm.keys.durations import parse_duration

        ends = None if expires is None else parse_duration(expires)
        new = place.keys.rotate(name, parse_duration(overlap), ends)
        tell_rotated(new, place.keys.commands, output)
        tell_own_key(new.replaces, place.own_key_id, output)


@app.command(epilog=EXPLANATION)
def revoke(
    name: Annotated[str, typer.Argument(help="The key's name; or its id, for that one alone.")],
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a key at once, an old one of a rotation included."""
    with _keys(stack, profile, region, as_json=as_json) as (place, output):
        ended = place.keys.revoke(name)
        if as_json:
            output.result({"revoked": [key.key_id for key in ended]})
        else:
            output.line(f"API key {name} is revoked ({len(ended)} in all).", "green")
        tell_own_key(ended, place.own_key_id, output)


@app.command(epilog=EXPLANATION)
def move(
    name: NameArgument,
    *,
    plan: Annotated[str, typer.Option(help="The usage plan to put it into.")],
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a key into another plan; its value stays."""
    with _keys(stack, profile, region, as_json=as_json) as (place, output):
        tell([place.keys.move(name, plan)], place.keys.commands, output)


@app.command(epilog=EXPLANATION)
def limits(
    name: NameArgument,
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a key may use, and what is left."""
    with _keys(stack, profile, region, as_json=as_json) as (place, output):
        with output.waiting("Looking"):
            found = place.keys.limits(name)
        tell_limits(found, output)
