"""Delete a stack and all that was made for it."""

from collections.abc import Callable

from slm.aws import Aws, explained
from slm.operations.leftovers import Leftovers, find_leftovers, remove
from slm.operations.running import NotPossibleNow
from slm.operations.stack_operation import DELETED, IN_PROGRESS, Event, now, status_of, wait


def destroy(
    aws: Aws, stack: str, leftovers: Leftovers, on_event: Callable[[Event], None]
) -> Leftovers:
    """Delete what commands made for a stack, then the stack.

    Works on whatever is left of a failed deploy too.

    Args:
        aws: The account.
        stack: Name of the stack.
        leftovers: What ``find_leftovers`` found.
        on_event: Told of what CloudFormation does.

    Returns:
        What is there even so: nothing, unless somebody made it meanwhile.

    Raises:
        NotPossibleNow: An operation is in progress.
        OperationFailed: CloudFormation could not delete a resource.
        AwsUnavailable: AWS cannot be asked.
    """
    status = status_of(aws, stack)
    if status.endswith(IN_PROGRESS) and not status.startswith(("DELETE", "ROLLBACK", "CREATE")):
        raise NotPossibleNow(
            f"Stack {stack} is {status}. Wait until that is done ('slm status' tells), then try "
            "again."
        )
    remove(aws, stack, leftovers)
    if status != DELETED:
        since = now()
        with explained(f"stack {stack}"):
            described = aws.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
            aws.cloudformation.delete_stack(StackName=stack)
        # By its id: the name is nobody's once the stack is gone.
        wait(aws, described.get("StackId", stack), since, on_event)
    return find_leftovers(aws, stack)
