"""``slm usage``: who used how much."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from slm.cli.options import DeployedOption, JsonOption, ProfileOption, RegionOption
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from slm.usage.summary import UsageLine

_DAY_WIDTH: Final = 12
_NAME_WIDTH: Final = 20


def usage(
    *,
    key: Annotated[str | None, typer.Option(help="Only the key of this name.")] = None,
    since: Annotated[str, typer.Option(help="How far back: 7d, 12h, 30m.")] = "7d",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of words.")] = False,
    chart: Annotated[Path | None, typer.Option(help="Draw tokens by day and key (SVG).")] = None,
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell who used how much, by key and day.

    Requests, tokens, time and money; days are those of UTC. Tokens are those that the model counts.
    Of an answer that the client broke off, the events that were forwarded are counted.
    """
    if as_csv and as_json:
        raise typer.BadParameter("take one of --csv and --json.", param_hint="--csv")
    with reporting(as_json=as_json) as output:
        # Imported here: they take longer than the help text.
        from slm.cli.key_places import key_place
        from slm.keys.durations import parse_duration
        from slm.usage import summary

        begin = datetime.now(UTC) - parse_duration(since)
        with key_place(stack, profile, region) as place, output.waiting("Reading"):
            names = place.names()
            lines = summary.summarize(
                place.usage.requests(begin), names, usd_per_day=place.usd_per_day
            )
        if key is not None:
            lines = summary.of_key(lines, key, names, place.keys.commands)
        if chart:
            from slm.usage.chart import write_chart

            write_chart(lines, chart)
            if not as_csv:
                output.fact("Written", str(chart))
        if as_csv:
            output.piece(summary.as_csv(lines))
        elif as_json:
            output.result({"since": begin.isoformat(), "usage": [asdict(line) for line in lines]})
        else:
            _tell(place.name, lines, output)


def _tell(place: str, lines: "list[UsageLine]", output: Output) -> None:
    if not lines:
        output.line(f"{place}: no request of a key in that time.")
        return
    width = max(_NAME_WIDTH, *(len(line.key) + 2 for line in lines))
    output.line(
        f"{'day':<{_DAY_WIDTH}}{'key':<{width}}{'requests':>9}{'failed':>8}{'prompt':>10}"
        f"{'answer':>10}{'partial':>9}{'busy s':>10}{'share':>8}{'$':>9}",
        "bold",
    )
    for line in lines:
        usd = "" if line.usd is None else f"{line.usd:>9.2f}"
        output.line(
            f"{line.day:<{_DAY_WIDTH}}{line.key:<{width}}{line.requests:>9}{line.failed:>8}"
            f"{line.prompt_tokens:>10}{line.generated_tokens:>10}{line.partial:>9}"
            f"{line.busy_s:>10.1f}{line.share:>8.1%}{usd}"
        )
    output.line(
        f"{'all':<{_DAY_WIDTH + width}}"
        f"{sum(x.requests for x in lines):>9}{sum(x.failed for x in lines):>8}"
        f"{sum(x.prompt_tokens for x in lines):>10}{sum(x.generated_tokens for x in lines):>10}"
        f"{sum(x.partial for x in lines):>9}{sum(x.busy_s for x in lines):>10.1f}",
        "bold",
    )
