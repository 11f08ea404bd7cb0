"""``slm stop`` and ``slm start``: the endpoint is what costs, the rest stays."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from slm.cli.options import JsonOption, ProfileOption, RegionOption, StackOption
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from datetime import datetime

    from slm.aws import Aws

WaitOption = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Wait until it is done, and show what happens.")
]


def stop(
    wait: WaitOption = True,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete the endpoint, and with it what is billed by the hour.

    Model, API, keys and their limits stay; the API answers 503 meanwhile. A deploy leaves it
    stopped, slm start brings it back.
    """
    with reporting(as_json=as_json) as output:
        _switch(output, _where(stack, profile, region), running=False, wait=wait)


def start(
    wait: WaitOption = True,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create the endpoint again. It takes about ten minutes, and is billed from then on."""
    with reporting(as_json=as_json) as output:
        _switch(output, _where(stack, profile, region), running=True, wait=wait)


def _where(stack: str | None, profile: str | None, region: str | None) -> "tuple[Aws, str]":
    # Imported here: they take longer than the help text.
    from slm.aws import Aws
    from slm.settings import load_settings

    settings = load_settings(**({"stack_name": stack} if stack else {}))
    return Aws(profile, region), settings.stack_name


def _switch(output: Output, where: "tuple[Aws, str]", *, running: bool, wait: bool) -> None:
    from slm.operations.running import set_running
    from slm.operations.stack_operation import now

    aws, stack = where
    since = now()
    changed = set_running(aws, stack, running=running)
    word = "running" if running else "stopped"
    if changed and wait:
        _watch(output, aws, stack, since, "Starting" if running else "Stopping")
    facts = {"stack": stack, "running": running, "changed": changed, "done": wait}
    if output.as_json:
        output.result(facts)
    elif not changed:
        output.line(f"Stack {stack} is {word} already.")
    elif wait:
        output.line(f"Stack {stack} is {word}.", "green")
    else:
        output.line("CloudFormation is at it; 'slm status' tells how far it is.")
    if not running and not output.as_json:
        output.line(
            "What still costs: alarms and dashboard (a few dollars a month), logs, and VPC "
            "endpoints if you have them.",
            "dim",
        )


def _watch(output: Output, aws: "Aws", stack: str, since: "datetime", title: str) -> None:
    from slm.cli.events import tell
    from slm.operations.stack_operation import wait

    with output.waiting(f"{title} (Ctrl-C leaves it going on in AWS)"):
        wait(aws, stack, since, partial(tell, output))
