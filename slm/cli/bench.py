"""``slm bench``: load for an API, and how fast it answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from slm.cli.options import (
    KEY_VARIABLE,
    DeployedOption,
    JsonOption,
    KeyEnvOption,
    ProfileOption,
    RegionOption,
    UrlOption,
)
from slm.cli.render import Output, reporting
from slm.errors import SlmError

if TYPE_CHECKING:
    from slm.bench.grid import Cell
    from slm.bench.load import Server
    from slm.bench.summary import Summary

_NAME_WIDTH: Final = 22


def bench(
    *,
    clients: Annotated[
        str, typer.Option(help="Numbers of clients that ask at the same time.")
    ] = "1,4,16,64",
    seconds: Annotated[
        float, typer.Option(min=0.1, help="How long each kind of load begins requests.")
    ] = 10,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer, in tokens.")] = 32,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for JSON, Markdown and pictures; it is made if need be."),
    ] = None,
    url: UrlOption = None,
    key_env: KeyEnvOption = KEY_VARIABLE,
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how fast an API answers under load.

    Sends chat requests, whole and streamed, from several clients that each wait for their answer
    before they ask again. Every request counts against the key's limits, and in AWS it costs.
    """
    with reporting(as_json=as_json) as output:
        numbers = _numbers(clients)
        # Imported here: it takes longer than the help text.
        import asyncio
        from datetime import UTC, datetime

        from slm.bench import report
        from slm.bench.load import Server
        from slm.cli.targets import choose_target

        if out is not None:
            report.make_folder(out)
        with output.waiting("Finding the API"):
            target = choose_target(
                url=url, key_variable=key_env, stack=stack, profile=profile, region=region
            )
        server = Server(target.url, {"x-api-key": target.api_key})
        results = asyncio.run(_measure(server, numbers, seconds, max_tokens, output))
        about: dict[str, Any] = {
            "api": target.url,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "max_tokens": max_tokens,
            "seconds": seconds,
        }
        files = [] if out is None else report.write(out, results, about)
        if as_json:
            output.result(report.as_json(results, about))
        for file in files:
            output.fact("Written", str(file))
        if not any(summary.requests for _, summary in results):
            raise SlmError(
                f"No request was answered well by {target.name}. The errors stand above. "
                f"{target.if_silent}"
            )


def _numbers(clients: str) -> list[int]:
    try:
        numbers = [int(number) for number in clients.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1:
        raise typer.BadParameter(
            f"{clients!r}: write numbers above 0 with commas between them, such as 1,4,16.",
            param_hint="--clients",
        )
    return numbers


async def _measure(
    server: "Server", numbers: list[int], seconds: float, max_tokens: int, output: Output
) -> "list[tuple[Cell, Summary]]":
    from slm.bench.grid import cells_of, measure
    from slm.bench.report import errors_of

    results = []
    for cell in cells_of(numbers):
        with output.step(f"{cell.name:<{_NAME_WIDTH}}") as step:
            summary = await measure(server, cell, seconds=seconds, max_tokens=max_tokens)
            step.result = (
                f"{summary.requests_per_s:,.1f} requests/s, {summary.tokens_per_s:,.1f} "
                f"tokens/s, errors: {errors_of(summary)}"
            )
            results.append((cell, summary))
    return results
