"""Events of a stack operation, as lines."""

from typing import Final

from slm.cli.render import Output
from slm.operations.failure import ENDPOINT_TYPE
from slm.operations.stack_operation import Event

_TOLD: Final = frozenset(
    {
        "AWS::CloudFormation::Stack",
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::EC2::VPCEndpoint",
        ENDPOINT_TYPE,
    }
)
"""What takes its time, or is billed; the seventy others come and go in seconds."""


def tell(output: Output, event: Event) -> None:
    """One line for an event: what became of what, and why."""
    if not event.failed and event.resource_type not in _TOLD:
        return
    style = "red" if event.failed else "dim"
    reason = f"  {event.reason}" if event.reason and event.failed else ""
    moment = event.time.astimezone().strftime("%H:%M:%S")
    output.line(f"{moment}  {event.status:<28} {event.resource}{reason}", style)
