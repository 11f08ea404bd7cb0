"""``slm doctor --follow``: events and the container's log, while a deploy runs."""

from functools import partial
from typing import TYPE_CHECKING

from slm.aws import Aws
from slm.cli.events import tell
from slm.cli.render import Output
from slm.doctor.follow import Follower
from slm.stack_names import endpoint_log_group_name

if TYPE_CHECKING:
    from slm.settings import Settings


def follow_stack(aws: Aws, settings: "Settings", output: Output) -> None:
    """Show what happens to a stack until it settles.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    follower = Follower(
        aws,
        settings.stack_name,
        endpoint_log_group_name(settings.resolved_endpoint_name),
        partial(tell, output),
        lambda line: output.line(f"          | {line}", "dim"),
    )
    with output.waiting(f"Watching stack {settings.stack_name} (Ctrl-C ends the watching)"):
        status = follower.follow()
    output.line(f"Stack {settings.stack_name} is {status}.")
