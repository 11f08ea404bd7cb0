"""``slm stop`` and ``slm start``: the endpoint is what costs, the rest stays."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from slm.cli.options import JsonOption, ProfileOption, RegionOption, StackOption
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from slm.aws import Aws
    from slm.commands import Commands
    from slm.settings import Settings

WaitOption = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Wait until it is done, and show what happens.")
]


def stop(
    *,
    wait: WaitOption = True,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete the endpoint, which is billed by the hour.

    Model, API, keys and their limits stay; the API answers 503 meanwhile. A deploy leaves it
    stopped, slm start brings it back.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: it takes longer than the help text.
        from slm.cli.named_stack import named_stack

        aws, settings = named_stack(stack, profile, region)
        switch(aws, settings, output, running=False, wait=wait)


def start(
    *,
    wait: WaitOption = True,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create the endpoint again. It takes about ten minutes, and is billed from then on."""
    with reporting(as_json=as_json) as output:
        # Imported here: it takes longer than the help text.
        from slm.cli.named_stack import named_stack

        aws, settings = named_stack(stack, profile, region)
        switch(aws, settings, output, running=True, wait=wait)


def switch(aws: "Aws", settings: "Settings", output: Output, *, running: bool, wait: bool) -> None:
    """Start or stop the endpoint, and say so.

    Raises:
        SlmError: It cannot be done now, or failed; the cause was told.
    """
    from slm.commands import Commands
    from slm.operations.running import set_running
    from slm.operations.stack_operation import now

    stack, word = settings.stack_name, "running" if running else "stopped"
    commands = Commands.of(aws, stack)
    since = now()
    changed = set_running(aws, stack, running=running)
    if changed and wait:
        from slm.cli.events import tell
        from slm.cli.failures import interruptible
        from slm.operations import stack_operation

        title = "Starting" if running else "Stopping"
        with (
            interruptible(aws, settings, output),
            output.waiting(f"{title} (Ctrl-C leaves it going on in AWS)"),
        ):
            stack_operation.wait(aws, stack, since, partial(tell, output))
    if output.as_json:
        done = wait or not changed
        output.result({"stack": stack, "running": running, "changed": changed, "done": done})
        return
    if not changed:
        output.line(f"Stack {stack} is {word} already.")
    elif wait:
        output.line(f"Stack {stack} is {word}.", "green")
    else:
        output.line(f"CloudFormation is at it; '{commands.slm('status')}' tells how far it is.")
    _tell_costs(aws, settings, commands, output, running=running)


def _tell_costs(
    aws: "Aws", settings: "Settings", commands: "Commands", output: Output, *, running: bool
) -> None:
    from slm.operations.billing import hourly_cost
    from slm.operations.costs import costs_while_stopped

    if running:
        stop = commands.make("stop")
        output.line(f"It costs {hourly_cost(aws, settings)}; '{stop}' ends that.", "dim")
    else:
        output.line(f"What still costs: {'; '.join(costs_while_stopped(settings))}.", "dim")
