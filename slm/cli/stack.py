"""A deployed stack, read through boto3: its outputs, its endpoint, its first API key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from slm.aws import NotFound, explained
from slm.cli.options import KEY_VARIABLE, URL_VARIABLE
from slm.commands import Account, Commands
from slm.keys.store import FIRST_KEY
from slm.stack_description import HasCloudFormation, describe_stack, outputs_of
from slm.stack_outputs import API_GATEWAY_URL, API_KEY_ID

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_sagemaker import SageMakerClient


class Clients(Account, HasCloudFormation, Protocol):
    """What we need of AWS; ``slm.aws.Aws`` is it."""

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
        commands: Those that mean it.
    """

    name: str
    status: str
    outputs: Mapping[str, str]
    commands: Commands

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
                f"Deploy it with '{self.commands.make('deploy')}', or name another with --stack."
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
    stack = describe_stack(clients, name)
    return DeployedStack(name, stack["StackStatus"], outputs_of(stack), Commands.of(clients, name))


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


def first_key_value(clients: Clients, stack: DeployedStack) -> str:
    """The value of a stack's first API key; once it was rotated, of the newest in its place.

    Raises:
        NotFound: It was revoked, or the stack is not complete.
        AwsUnavailable: AWS cannot be asked.
    """
    key_id = stack.output(API_KEY_ID)
    try:
        with explained(f"API key {key_id}"):
            return clients.apigateway.get_api_key(apiKey=key_id, includeValue=True)["value"]
    except NotFound:
        with explained("the API keys"):
            found = clients.apigateway.get_api_keys(
                nameQuery=f"{stack.name}-{FIRST_KEY}", includeValues=True
            )["items"]
    # The query finds names that only begin so, too.
    keys = [key for key in found if key["name"] == f"{stack.name}-{FIRST_KEY}"]
    if not keys:
        raise NotFound(
            f"The first API key of stack {stack.name} was revoked. Put another into "
            f"{KEY_VARIABLE}, and {stack.outputs.get(API_GATEWAY_URL, 'its URL')} into "
            f"{URL_VARIABLE}."
        )
    return max(keys, key=lambda key: key["createdDate"])["value"]
