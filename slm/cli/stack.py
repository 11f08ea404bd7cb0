"""A deployed stack, read through boto3: its outputs, its endpoint, the value of its API key."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from slm.errors import SlmError

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_sagemaker import SageMakerClient

_CONNECT_TIMEOUT_S: Final = 5
_READ_TIMEOUT_S: Final = 20
_ATTEMPTS: Final = 2

_LOG_IN: Final = "Log in with 'make sso-login PROFILE=<profile>', and name it with --profile."
_EXPIRED_CODES: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)
_DENIED_CODES: Final = frozenset({"AccessDenied", "AccessDeniedException"})


class AwsUnavailable(SlmError):
    """AWS cannot be asked: no credentials, no region, no network or no permission."""


class StackMissing(SlmError):
    """There is no such stack in this account and region."""


class Clients(Protocol):
    """What we need of AWS; ``Aws`` is it."""

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
            StackMissing: The stack has none of this name: it is another program's, or half made.
        """
        try:
            return self.outputs[name]
        except KeyError:
            raise StackMissing(
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


class Aws:
    """The clients, made when first asked for.

    Args:
        profile: Profile of the AWS configuration; None for boto3's own choice.
        region: Region; None for boto3's own choice.
    """

    def __init__(self, profile: str | None, region: str | None) -> None:
        self._profile = profile
        self._region = region
        self._session: boto3.session.Session | None = None

    @property
    def cloudformation(self) -> "CloudFormationClient":
        """CloudFormation."""
        return self._opened().client("cloudformation")

    @property
    def apigateway(self) -> "APIGatewayClient":
        """API Gateway."""
        return self._opened().client("apigateway")

    @property
    def sagemaker(self) -> "SageMakerClient":
        """SageMaker's control plane."""
        return self._opened().client("sagemaker")

    def _opened(self) -> "boto3.session.Session":
        if self._session is None:
            # Imported here: it takes longer than most commands.
            import boto3
            import botocore.session
            from botocore.config import Config

            core = botocore.session.Session()
            core.set_default_client_config(
                Config(
                    connect_timeout=_CONNECT_TIMEOUT_S,
                    read_timeout=_READ_TIMEOUT_S,
                    retries={"total_max_attempts": _ATTEMPTS},
                )
            )
            self._session = boto3.session.Session(
                profile_name=self._profile, region_name=self._region, botocore_session=core
            )
        return self._session


def find_stack(clients: Clients, name: str) -> DeployedStack:
    """A stack by its name.

    Raises:
        StackMissing: There is none.
        AwsUnavailable: AWS cannot be asked.
    """
    with _explained(f"stack {name}"):
        stack = clients.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", ())}
    return DeployedStack(name, stack["StackStatus"], outputs)


def find_endpoint(clients: Clients, name: str) -> DeployedEndpoint:
    """An endpoint by its name; its status is "NotFound" if there is none.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    try:
        with _explained(f"endpoint {name}"):
            answer = clients.sagemaker.describe_endpoint(EndpointName=name)
    except StackMissing:
        return DeployedEndpoint(name, "NotFound")
    return DeployedEndpoint(name, answer["EndpointStatus"], answer.get("FailureReason", ""))


def api_key_value(clients: Clients, key_id: str) -> str:
    """The value of an API key.

    Raises:
        AwsUnavailable: AWS cannot be asked, or the key is gone.
    """
    with _explained(f"API key {key_id}"):
        return clients.apigateway.get_api_key(apiKey=key_id, includeValue=True)["value"]


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """boto3's exceptions as ours, with what to do."""
    from botocore import exceptions

    try:
        yield
    except exceptions.ClientError as error:
        details = error.response.get("Error", {})
        code, message = details.get("Code", ""), details.get("Message", "")
        if "does not exist" in message or "Could not find" in message:
            raise StackMissing(
                f"There is no {what} in this account and region. Name another with --stack, "
                "another place with --profile and --region, or deploy with 'make deploy'."
            ) from None
        if code in _EXPIRED_CODES:
            raise AwsUnavailable(f"The AWS credentials are not valid any more. {_LOG_IN}") from None
        hint = " Ask for that permission." if code in _DENIED_CODES else ""
        raise AwsUnavailable(f"AWS refused to describe {what}: {message} ({code}).{hint}") from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
        raise AwsUnavailable(f"There are no AWS credentials here. {_LOG_IN}") from None
    except exceptions.NoRegionError:
        raise AwsUnavailable("No AWS region is set. Name one with --region.") from None
    except exceptions.ProfileNotFound as error:
        raise AwsUnavailable(f"{error}. 'aws configure list-profiles' lists them.") from None
    except exceptions.BotoCoreError as error:
        # Expired SSO logins come in several classes, all with a text that says so.
        raise AwsUnavailable(f"AWS cannot be asked about {what}: {error} {_LOG_IN}") from None
