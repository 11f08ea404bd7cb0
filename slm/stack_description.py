"""A stack as CloudFormation describes it."""

from typing import TYPE_CHECKING, Protocol

from slm.aws import explained

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef


class HasCloudFormation(Protocol):
    """Who can ask CloudFormation; ``slm.aws.Aws`` can."""

    @property
    def cloudformation(self) -> "CloudFormationClient": ...


def describe_stack(aws: HasCloudFormation, stack: str) -> "StackTypeDef":
    """What CloudFormation says of a stack.

    Args:
        aws: The account and region.
        stack: Its name or id.

    Raises:
        NotFound: There is no such stack.
        AwsUnavailable: AWS cannot be asked.
    """
    with explained(f"stack {stack}"):
        return aws.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]


def outputs_of(description: "StackTypeDef") -> dict[str, str]:
    """Its outputs, by the names of ``slm.stack_outputs``."""
    return {o["OutputKey"]: o["OutputValue"] for o in description.get("Outputs", ())}


def parameters_of(description: "StackTypeDef") -> dict[str, str]:
    """Its parameters, by the names of ``slm.stack_parameters``."""
    return {
        p["ParameterKey"]: p.get("ParameterValue", "") for p in description.get("Parameters", ())
    }
