"""``slm smoke``: does an API do what it should?"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from slm.cli.exit_codes import FAILED
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

if TYPE_CHECKING:
    import httpx

    from slm.client import Target


def smoke(
    *,
    url: UrlOption = None,
    key_env: KeyEnvOption = KEY_VARIABLE,
    deployed: Annotated[
        bool, typer.Option("--deployed", help="Check the stack that the settings name.")
    ] = False,
    stack: DeployedOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send a few requests to an API and check each answer.

    The same checks pass on the twin and on a deployed stack. Three short answers of the model
    are what it costs.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: an HTTP client takes longer than the help text.
        import asyncio

        from slm.cli.targets import choose_target
        from slm.settings import load_settings

        if deployed and not stack:
            stack = load_settings().stack_name

        with output.waiting("Finding the API"):
            target = choose_target(
                url=url, key_variable=key_env, stack=stack, profile=profile, region=region
            )
        failed = asyncio.run(run_checks(target, output))
        if failed:
            raise typer.Exit(FAILED)


async def run_checks(
    target: "Target", output: Output, *, transport: "httpx.AsyncBaseTransport | None" = None
) -> int:
    """Make all checks, and tell of each; how many failed."""
    from slm.client import open_client
    from slm.operations.smoke import SmokeTest

    output.line(f"{target.name}: {target.url}")
    done = []
    async with open_client(target, transport) as client:
        test = SmokeTest(target, client)
        for name, check in test.checks:
            with output.waiting(name):
                result = await test.run(name, check)
            done.append(result)
            mark = "ok  " if result.passed else "FAIL"
            output.line(
                f"{mark}  {name:<32}{result.seconds:>7.2f} s  {result.detail}",
                "" if result.passed else "red",
            )
    failed = sum(not result.passed for result in done)
    if output.as_json:
        output.result({"passed": not failed, "checks": [asdict(result) for result in done]})
    else:
        words = f"{failed} of {len(done)} checks failed." if failed else "All is as it should be."
        output.line(words, "bold red" if failed else "green")
    return failed
