"""A deployed stack, read through boto3: its outputs, its endpoint, the value of its API key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from slm.aws import NotFound, explained

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_sagemaker import SageMakerClient


class Clients(Protocol):
    """What we need of AWS; ``slm.aws.Aws`` is it."""

    @property
    def cloudformation(self) -> "CloudFormationClient": ...

    @property
    def apigateway(self) -> "APIGatewayClient": ...

    @property
    def sagemaker(self) -> "SageMakerClient": ...


@dataclass(frozen=True)
class DeployedStack:
    """A stack as CloudFormation describes it.

    Attributes:
        name: Its name.
        status: For example ``CREATE_COMPLETE``.
        outputs: Values by the names of ``slm.stack_outputs``.
    """

    name: str
    status: str
    outputs: Mapping[str, str]

    def output(self, name: str) -> str:
        """An output's value.

        Raises:
            NotFound: The stack has none of this name: it is another program's, or half made.
        """
        try:
            return self.outputs[name]
        except KeyError:
            raise NotFound(
                f"Stack {self.name} ({self.status}) has no output {name}. "
                "Deploy it with 'make deploy', or name another with --stack."
            ) from None


@dataclass(frozen=True)
class DeployedEndpoint:
    """A SageMaker endpoint.

    Attributes:
        name: Its name.
        status: EndpointStatus as SageMaker names it, or "NotFound".
        reason: FailureReason, where there is one.
    """

    name: str
    status: str
    reason: str = ""


def find_stack(clients: Clients, name: str) -> DeployedStack:
    """A stack by its name.

    Raises:
        NotFound: There is none.
        AwsUnavailable: AWS cannot be asked.
    """
    with explained(f"stack {name}"):
        stack = clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", ())}
    return DeployedStack(name, stack["StackStatus"], outputs)


def find_endpoint(clients: Clients, name: str) -> DeployedEndpoint:
    """An endpoint by its name; its status is "NotFound" if there is none.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    try:
        with explained(f"endpoint {name}"):
            answer = clients.sagemaker.describe_endpoint(EndpointName=name)
    except NotFound:
        return DeployedEndpoint(name, "NotFound")
    return DeployedEndpoint(name, answer["EndpointStatus"], answer.get("FailureReason", ""))


def api_key_value(clients: Clients, key_id: str) -> str:
    """The value of an API key.

    Raises:
        AwsUnavailable: AWS cannot be asked, or the key is gone.
    """
    with explained(f"API key {key_id}"):
        return clients.apigateway.get_api_key(apiKey=key_id, includeValue=True)["value"]
