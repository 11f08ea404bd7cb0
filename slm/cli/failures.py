"""After a failed deploy or start: what failed, and why."""

from datetime import datetime

from slm.aws import Aws
from slm.cli.render import Output
from slm.errors import SlmError
from slm.operations.stack_operation import events_since
from slm.settings import Settings


def explain_failure(aws: Aws, settings: Settings, since: datetime, output: Output) -> None:
    """Say which resources failed and what to do about it; never fails itself."""
    try:
        failed = [e for e in events_since(aws, settings.stack_name, since) if e.failed]
    except SlmError as error:
        output.line(f"The stack's events cannot be read: {error.message}", "yellow")
        return
    for event in failed:
        output.line(f"{event.resource} ({event.resource_type}): {event.reason}", "red")
