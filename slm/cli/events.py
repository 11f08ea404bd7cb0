"""Events of a stack operation, as lines."""

from slm.cli.render import Output
from slm.operations.stack_operation import Event


def tell(output: Output, event: Event) -> None:
    """One line for an event: what became of what, and why."""
    style = "red" if event.failed else "dim"
    reason = f"  {event.reason}" if event.reason and event.failed else ""
    moment = event.time.strftime("%H:%M:%S")
    output.line(f"{moment}  {event.status:<28}{event.resource}{reason}", style)
