"""Delete a stack and all that was made for it, and see that nothing is left."""

from collections.abc import Callable

from slm.aws import Aws, NotFound, explained
from slm.commands import Commands
from slm.operations.leftovers import Leftovers, find_leftovers, remove
from slm.operations.running import NotPossibleNow
from slm.operations.stack_operation import Event, is_busy, now, wait
from slm.settings import Settings
from slm.stack_description import describe_stack
from slm.stack_names import endpoint_log_group_name


def destroy(
    aws: Aws, settings: Settings, leftovers: Leftovers, on_event: Callable[[Event], None]
) -> None:
    """Delete what commands made for a stack, then the stack.

    Works on whatever is left of a failed deploy too.

    Args:
        aws: The account.
        settings: The stack's settings.
        leftovers: What ``find_leftovers`` found.
        on_event: Told of what CloudFormation does.

    Raises:
        NotPossibleNow: An operation is in progress, or the stack is protected.
        OperationFailed: CloudFormation could not delete a resource.
        AwsUnavailable: AWS cannot be asked.
    """
    stack = settings.stack_name
    try:
        found = describe_stack(aws, stack)
    except NotFound:
        remove(aws, stack, leftovers)
        return
    protected = found.get("EnableTerminationProtection")
    _refuse_unless_deletable(stack, found["StackStatus"], protected, Commands.of(aws, stack))
    remove(aws, stack, leftovers)
    since = now()
    with explained(f"stack {stack}"):
        aws.cloudformation.delete_stack(StackName=stack)
    # By its id: the name is nobody's once the stack is gone.
    wait(aws, found.get("StackId", stack), since, on_event)


def _refuse_unless_deletable(
    stack: str, status: str, protected: bool | None, commands: Commands
) -> None:
    if protected:
        lift = commands.aws(
            "cloudformation update-termination-protection --no-enable-termination-protection "
            f"--stack-name {stack}"
        )
        raise NotPossibleNow(
            f"Stack {stack} is protected against deletion. Lift that with '{lift}', then try again."
        )
    if is_busy(status) and not status.startswith(("DELETE", "ROLLBACK", "CREATE")):
        raise NotPossibleNow(
            f"Stack {stack} is {status}. Wait until that is done ('{commands.slm('status')}' "
            "tells), then try again."
        )


def remains(aws: Aws, settings: Settings) -> tuple[str, ...]:
    """What is still there of a stack that was deleted, and how to remove it.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    left = find_leftovers(aws, settings.stack_name)
    commands = Commands.of(aws, settings.stack_name)
    again = f"run '{commands.make('destroy')}' again"
    group = endpoint_log_group_name(settings.resolved_endpoint_name)
    return (
        *_endpoint(aws, settings.resolved_endpoint_name, commands),
        *_log_group(aws, group, commands),
        *(f"API key {name} ({key_id}): {again}" for key_id, name in left.keys.items()),
        *(f"schedule {name}: {again}" for name in left.schedules),
    )


def _endpoint(aws: Aws, name: str, commands: Commands) -> list[str]:
    try:
        with explained(f"endpoint {name}"):
            aws.sagemaker.describe_endpoint(EndpointName=name)
    except NotFound:
        return []
    command = commands.aws(f"sagemaker delete-endpoint --endpoint-name {name}")
    return [f"endpoint {name}, which is billed: {command}"]


def _log_group(aws: Aws, name: str, commands: Commands) -> list[str]:
    """A container that writes its last lines late makes its log group anew."""
    with explained("the log groups"):
        groups = aws.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    if name not in (group.get("logGroupName") for group in groups):
        return []
    command = commands.aws(f"logs delete-log-group --log-group-name {name}")
    return [f"log group {name}: {command}"]
