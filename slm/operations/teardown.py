"""Deleting a stack, and making sure that nothing of it is left."""

from collections.abc import Callable

from slm.aws import Aws, NotFound, PermissionMissing, explained
from slm.operations.leftovers import find_leftovers
from slm.operations.stack_operation import Event, now, wait
from slm.settings import Settings


def delete_stack(aws: Aws, stack: str, on_event: Callable[[Event], None]) -> None:
    """Delete a stack in whatever state it is, and wait until it is gone.

    Raises:
        NotFound: There is no such stack.
        OperationFailed: Something could not be deleted.
        AwsUnavailable: AWS cannot be asked.
    """
    since = now()
    with explained(f"stack {stack}"):
        # A deleted stack is known by its id only.
        found = aws.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        stack_id = found["StackId"]
        aws.cloudformation.delete_stack(StackName=stack_id)
    wait(aws, stack_id, since, on_event)


def remains(aws: Aws, settings: Settings) -> tuple[str, ...]:
    """What is still there of a stack that was deleted, each with the command that removes it.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    stack, endpoint = settings.stack_name, settings.resolved_endpoint_name
    found: list[str] = []
    for look in (_endpoint, _log_groups):
        try:
            found += look(aws, endpoint)
        except PermissionMissing as error:
            found.append(f"not checked: {error.message}")
    left = find_leftovers(aws, stack)
    found += [f"API key {name} ({key_id})" for key_id, name in left.keys.items()]
    found += [f"schedule {name}" for name in left.schedules]
    return tuple(found)


def _endpoint(aws: Aws, endpoint: str) -> list[str]:
    try:
        with explained(f"endpoint {endpoint}"):
            aws.sagemaker.describe_endpoint(EndpointName=endpoint)
    except NotFound:
        return []
    return [
        f"endpoint {endpoint}, which is billed: aws sagemaker delete-endpoint "
        f"--endpoint-name {endpoint} --region {aws.region}"
    ]


def _log_groups(aws: Aws, endpoint: str) -> list[str]:
    """A container that writes its last lines late makes its log group anew."""
    name = f"/aws/sagemaker/Endpoints/{endpoint}"
    with explained("the log groups"):
        groups = aws.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return [
        f"log group {name}: aws logs delete-log-group --log-group-name {name} "
        f"--region {aws.region}"
        for group in groups
        if group.get("logGroupName") == name
    ]
