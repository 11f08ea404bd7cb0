"""What a command says when a stack operation fails, or when it is interrupted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from slm.aws import Aws
from slm.cli.render import Output
from slm.commands import Commands
from slm.errors import SlmError
from slm.operations.failure import explain
from slm.operations.running import is_running
from slm.operations.stack_operation import DELETED, events_since, now, status_of
from slm.settings import Settings

Diagnose = Callable[[Aws, Settings, Output], None]
"""Looks for the cause of a failure, and tells it."""


def ask_doctor(aws: Aws, settings: Settings, output: Output) -> None:
    """What ``slm doctor`` would say."""
    # Imported here: it is for failures only.
    from slm.cli.doctor_words import tell
    from slm.doctor.answer import Place
    from slm.doctor.stack_diagnosis import diagnose_stack

    stack = settings.stack_name
    with output.waiting("Looking for the cause"):
        found = diagnose_stack(aws, settings)
    place = Place.of(stack, settings.resolved_endpoint_name, Commands.of(aws, stack))
    tell(found.diagnosis, place, output, failed=True)


@contextmanager
def interruptible(
    aws: Aws, settings: Settings, output: Output, *, diagnose: Diagnose = ask_doctor
) -> Iterator[None]:
    """The frame of a stack operation: says what goes on after Ctrl-C, and why it failed.

    Args:
        aws: The account and region.
        settings: The stack's settings.
        output: Where to speak.
        diagnose: What looks for the cause of a failure.
    """
    since = now()
    try:
        yield
    except KeyboardInterrupt:
        stack = settings.stack_name
        commands = Commands.of(aws, stack)
        cancel = commands.aws(f"cloudformation cancel-update-stack --stack-name {stack}")
        output.line()
        output.line(
            "Interrupted here. What CloudFormation has begun goes on: "
            f"'{commands.slm('status')}' tells how far it is, '{cancel}' takes an update back, "
            f"'{commands.make('destroy')}' deletes a stack that is being created.",
            "yellow",
        )
        raise
    except SlmError:
        _explain_failure(aws, settings, since, output, diagnose)
        raise


def _explain_failure(
    aws: Aws, settings: Settings, since: datetime, output: Output, diagnose: Diagnose
) -> None:
    """Say which resources failed, what is left, and what to do; never fails itself."""
    stack = settings.stack_name
    try:
        status, events = status_of(aws, stack), events_since(aws, stack, since)
        if status == DELETED or not events:
            return
        stopped = not is_running(aws, stack)
    except SlmError as error:
        output.line(f"The stack's events cannot be read: {error.message}", "yellow")
        return
    failure = explain(aws, settings, status, events, stopped=stopped)
    output.line()
    for cause in failure.causes:
        output.line(cause, "red")
    for words in filter(None, (failure.after, failure.look)):
        output.line(words)
    output.line()
    diagnose(aws, settings, output)
