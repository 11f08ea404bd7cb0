"""Stop the endpoint, which is what costs, and start it again."""

from typing import TYPE_CHECKING, Final

from slm.aws import Aws, NothingToDo, explained
from slm.commands import Commands
from slm.errors import SlmError
from slm.operations.stack_operation import PROPOSED, ROLLED_BACK, is_busy
from slm.stack_description import describe_stack, parameters_of
from slm.stack_parameters import ENDPOINT_RUNNING, RUNNING, STOPPED

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.type_defs import ParameterTypeDef


_REMOVABLE: Final = frozenset(
    {PROPOSED, ROLLED_BACK, "ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED"}
)
"""States of a stack that was never complete, or is half deleted."""


class NotPossibleNow(SlmError):
    """The stack is in a state in which it takes no update."""


def is_running(aws: Aws, stack: str) -> bool:
    """Whether the endpoint is to exist, as the stack's parameter says.

    Raises:
        NotFound: There is no such stack.
        AwsUnavailable: AWS cannot be asked.
    """
    values = parameters_of(describe_stack(aws, stack))
    # One without the parameter is older than it, or another program's.
    return values.get(ENDPOINT_RUNNING, RUNNING) == RUNNING


def set_running(aws: Aws, stack: str, *, running: bool) -> bool:
    """Begin to start or stop the endpoint: an update of the stack's one parameter.

    Returns:
        Whether there is anything to do.

    Raises:
        NotPossibleNow: An operation is in progress, or one failed.
        NotFound: There is no such stack.
        AwsUnavailable: AWS cannot be asked.
    """
    found = describe_stack(aws, stack)
    commands = Commands.of(aws, stack)
    refuse_unless_settled(stack, found["StackStatus"], commands)
    keys = list(parameters_of(found))
    if ENDPOINT_RUNNING not in keys:
        raise NotPossibleNow(
            f"Stack {stack} has no parameter {ENDPOINT_RUNNING}: it is another program's, or an "
            f"older one. Deploy it anew with '{commands.make('deploy')}'."
        )
    parameters: list[ParameterTypeDef] = [
        {"ParameterKey": key, "UsePreviousValue": True} for key in keys if key != ENDPOINT_RUNNING
    ]
    value = RUNNING if running else STOPPED
    parameters.append({"ParameterKey": ENDPOINT_RUNNING, "ParameterValue": value})
    try:
        with explained(f"stack {stack}"):
            aws.cloudformation.update_stack(
                StackName=stack,
                UsePreviousTemplate=True,
                Parameters=parameters,
                Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            )
    except NothingToDo:
        return False
    return True


def refuse_unless_settled(stack: str, status: str, commands: Commands) -> None:
    """Refuse what CloudFormation would refuse, with what to do.

    Raises:
        NotPossibleNow: The stack takes no update now.
    """
    remedy = remedy_for(stack, status, commands)
    if remedy:
        raise NotPossibleNow(f"Stack {stack} is {status}. {remedy}")


def remedy_for(stack: str, status: str, commands: Commands) -> str:
    """What to do about a stack that takes no update; empty if it takes one.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html

    Args:
        stack: Its name.
        status: Its status.
        commands: Those of the stack.
    """
    if is_busy(status):
        return f"Wait until that is done ('{commands.slm('status')}' tells), then try again."
    if status in _REMOVABLE:
        return f"Remove what is left with '{commands.make('destroy')}', then deploy again."
    if status == "UPDATE_FAILED":
        back = commands.aws(f"cloudformation rollback-stack --stack-name {stack}")
        return f"Go on with '{commands.make('deploy', '--no-rollback')}', or back with '{back}'."
    if status == "UPDATE_ROLLBACK_FAILED":
        back = commands.aws(f"cloudformation continue-update-rollback --stack-name {stack}")
        return f"Bring it back with '{back}', then try again."
    return ""
