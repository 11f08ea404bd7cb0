"""``slm refresh-prices``: the catalog's prices anew."""

from slm.cli.options import JsonOption, ProfileOption
from slm.cli.render import Output, reporting


def refresh_prices(profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """Read today's instance prices from AWS into the catalog.

    Needs credentials. The rest of the catalog (GPUs, memory, models) has its sources in its rows,
    and changes by hand.
    """
    with reporting(as_json=as_json) as output:
        _refresh(profile, output)


def _refresh(profile: str | None, output: Output) -> None:
    # Imported here: they take longer than the help text.
    from datetime import UTC, datetime

    from slm.aws import Aws
    from slm.planning.refresh import refresh_prices as refresh

    changes = refresh(Aws(profile, None), datetime.now(UTC).date().isoformat())
    if output.as_json:
        output.result({"changes": changes})
        return
    for change in changes:
        output.line(change)
    output.line(f"{len(changes)} prices changed.")
