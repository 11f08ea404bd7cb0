"""``slm status``: what runs, here and in AWS."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from slm.cli.exit_codes import NOTHING_RUNS
from slm.cli.options import JsonOption, ProfileOption, RegionOption, StackOption
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from pathlib import Path

    from slm.aws import Aws
    from slm.cli.survey import StackStatus, TwinStatus
    from slm.commands import Commands
    from slm.operations.billing import Billing
    from slm.settings import Settings


def status(
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what runs, here and in AWS.

    That is the twin of this folder and the deployed stack: of the latter also whether it was
    stopped, what it costs, and what the clock will do. Where AWS cannot be asked, for want of
    credentials or a network, its state is UNKNOWN. Keys are never shown in full.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: they take longer than the help text.
        import asyncio

        from slm.cli.named_stack import named_stack
        from slm.cli.survey import stack_status, twin_status
        from slm.commands import Commands
        from slm.local.state import StateDirectory

        directory = StateDirectory()
        aws, settings = named_stack(stack, profile, region)
        with output.waiting("Looking"):
            twin = asyncio.run(twin_status(directory))
            deployed = asyncio.run(stack_status(aws, settings))
            bill = _billing(aws, settings) if deployed.deployed else None
        if as_json:
            facts = {"twin": asdict(twin), "stack": asdict(deployed)}
            output.result(facts | {"billing": bill.facts() if bill else None})
        else:
            _tell_twin(twin, directory.key_file, output)
            output.line()
            _tell_stack(deployed, output)
            if bill:
                tell_billing(bill, Commands.of(aws, settings.stack_name), output)
        if not (twin.answers or deployed.answers):
            raise typer.Exit(NOTHING_RUNS)


def _billing(aws: "Aws", settings: "Settings") -> "Billing":
    from datetime import UTC, datetime

    from slm.operations.billing import billing

    return billing(aws, settings, datetime.now(UTC))


def _tell_twin(twin: "TwinStatus", key_file: "Path", output: Output) -> None:
    output.fact("Twin", twin.message, _style(answers=twin.answers))
    if twin.url:
        output.fact("Playground", f"{twin.url}/")
        output.fact("OpenAI", twin.openai_base_url)
        output.fact("API key", f"{twin.api_key} (the whole key is in {key_file})")
        output.fact("Model", twin.weights)
    if twin.pid is not None:
        output.fact("Process", str(twin.pid))


def _tell_stack(stack: "StackStatus", output: Output) -> None:
    output.fact("Stack", f"{stack.name}: {stack.status}")
    output.fact("", stack.message, _style(answers=stack.answers))
    if stack.endpoint_name:
        reason = f": {stack.endpoint_reason}" if stack.endpoint_reason else ""
        output.fact("Endpoint", f"{stack.endpoint_name}: {stack.endpoint_status}{reason}")
    if stack.url:
        output.fact("Playground", stack.url)
        output.fact("OpenAI", stack.openai_base_url)
        output.fact("Key id", stack.api_key_id)


def tell_billing(bill: "Billing", commands: "Commands", output: Output) -> None:
    """Say what the endpoint costs, and what the clock will do."""
    if bill.stopped:
        start = commands.make("start")
        output.fact("Costs", f"stopped: no instance is billed; '{start}' brings it back")
    elif bill.cost:
        spent = "" if bill.usd_since is None else f"; ${bill.usd_since:.2f}"
        since = f"{spent} since {bill.since:%Y-%m-%d %H:%M} UTC" if bill.since else ""
        output.fact("Costs", f"{bill.cost}{since}")
    for change in bill.changes:
        verb = "start" if change.running else "stop"
        output.fact(f"Next {verb}", f"{change.at:%A %Y-%m-%d %H:%M} {change.at.tzinfo}")
    for note in bill.notes:
        output.fact("", note, "yellow")


def _style(*, answers: bool) -> str:
    return "green" if answers else "yellow"
