"""AWS, asked through boto3: the clients, and its refusals in our words.

The only module that makes boto3 clients; the gateway speaks to SageMaker itself. A command makes
one ``Aws``, and wraps each question in ``explained``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from slm.errors import SlmError

if TYPE_CHECKING:
    import boto3
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_pricing import PricingClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

_CONNECT_TIMEOUT_S: Final = 5
_READ_TIMEOUT_S: Final = 20
_ATTEMPTS: Final = 3

_PRICING_REGION: Final = "us-east-1"
"""The Price List API is in few regions and knows all (AWS Billing, "Price List Query API
endpoints", 2026-11-24)."""

_EXPIRED_CODES: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)
_DENIED_CODES: Final = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "UnauthorizedOperation",
        # An answer to HEAD has no body, and so no code.
        "403",
    }
)
_THROTTLED_CODES: Final = frozenset(
    {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}
)
_MISSING_CODES: Final = frozenset(
    {"NotFoundException", "ResourceNotFoundException", "ParameterNotFound", "NoSuchEntity", "404"}
)
_CONFLICT_CODE: Final = "ConflictException"
_NOTHING_WORDS: Final = "No updates are to be performed"
_MISSING_WORDS: Final = ("does not exist", "Could not find", "could not be found")


class AwsUnavailable(SlmError):
    """AWS cannot be asked: no region, no network, or a refusal."""


class NoCredentials(AwsUnavailable):
    """There are no credentials here, or the profile does not exist."""


class CredentialsExpired(AwsUnavailable):
    """The credentials, or the login that they come from, are not valid any more."""


class PermissionMissing(AwsUnavailable):
    """The credentials may not do this."""


class Throttled(AwsUnavailable):
    """Too many questions at once; the same one may be answered in a minute."""


class Unreachable(AwsUnavailable):
    """No network leads to AWS."""


class Conflict(AwsUnavailable):
    """Something of that name is there, or in the way."""


class NothingToDo(SlmError):
    """An update would change nothing."""


class NotFound(SlmError):
    """There is no such thing in this account and region."""


class Aws:
    """The clients, made when first asked for.

    Args:
        profile: Profile of the AWS configuration; None for boto3's own choice.
        region: Region; None for boto3's own choice.
    """

    def __init__(self, profile: str | None, region: str | None) -> None:
        self.profile: Final = profile
        self._region = region
        self._session: boto3.session.Session | None = None
        self._clients: dict[str, Any] = {}

    @property
    def region(self) -> str:
        """The region that is asked.

        Raises:
            AwsUnavailable: None is set.
        """
        with explained("the region"):
            region = self._opened().region_name
        if not region:
            raise AwsUnavailable(_NO_REGION)
        return region

    def account(self) -> str:
        """The account that the credentials belong to.

        Raises:
            AwsUnavailable: AWS cannot be asked.
        """
        with explained("the credentials", self.profile):
            return self.sts.get_caller_identity()["Account"]

    @property
    def apigateway(self) -> "APIGatewayClient":
        """API Gateway."""
        client: APIGatewayClient = self._client("apigateway")
        return client

    @property
    def application_autoscaling(self) -> "ApplicationAutoScalingClient":
        """Application Auto Scaling."""
        client: ApplicationAutoScalingClient = self._client("application-autoscaling")
        return client

    @property
    def cloudformation(self) -> "CloudFormationClient":
        """CloudFormation."""
        client: CloudFormationClient = self._client("cloudformation")
        return client

    @property
    def cloudwatch(self) -> "CloudWatchClient":
        """CloudWatch metrics and alarms."""
        client: CloudWatchClient = self._client("cloudwatch")
        return client

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB."""
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @property
    def lambda_(self) -> "LambdaClient":
        """Lambda."""
        client: LambdaClient = self._client("lambda")
        return client

    @property
    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs."""
        client: CloudWatchLogsClient = self._client("logs")
        return client

    @property
    def s3(self) -> "S3Client":
        """S3."""
        client: S3Client = self._client("s3")
        return client

    @property
    def sagemaker(self) -> "SageMakerClient":
        """SageMaker's control plane."""
        client: SageMakerClient = self._client("sagemaker")
        return client

    @property
    def scheduler(self) -> "EventBridgeSchedulerClient":
        """EventBridge Scheduler."""
        client: EventBridgeSchedulerClient = self._client("scheduler")
        return client

    @property
    def service_quotas(self) -> "ServiceQuotasClient":
        """Service Quotas."""
        client: ServiceQuotasClient = self._client("service-quotas")
        return client

    @property
    def ssm(self) -> "SSMClient":
        """Systems Manager."""
        client: SSMClient = self._client("ssm")
        return client

    @property
    def sts(self) -> "STSClient":
        """The security token service."""
        client: STSClient = self._client("sts")
        return client

    @property
    def pricing(self) -> "PricingClient":
        """The Price List API."""
        client: PricingClient = self._client("pricing", _PRICING_REGION)
        return client

    def _client(self, service: str, region: str | None = None) -> Any:
        if service not in self._clients:
            make: Any = self._opened().client
            client = make(service, region_name=region)
            self._look_for_credentials()
            self._clients[service] = client
        return self._clients[service]

    def _look_for_credentials(self) -> None:
        """Refuse here, where the profile is known: the advice names it."""
        from botocore.exceptions import NoCredentialsError

        with explained("the credentials", self.profile):
            found = self._opened().get_credentials()
            if found is None:
                raise NoCredentialsError
            # A login that has ended is noticed only now.
            found.get_frozen_credentials()

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
                profile_name=self.profile, region_name=self._region, botocore_session=core
            )
        return self._session


_NO_REGION: Final = (
    "No AWS region is set. Name one with --region (make: REGION=eu-west-2), or set AWS_REGION."
)


@contextmanager
def explained(what: str, profile: str | None = None) -> Iterator[None]:
    """boto3's exceptions as ours, with what to do.

    Args:
        what: What is asked about, for the message: ``"stack X"``.
        profile: The profile that is used, where it is known: the advice names it.

    Raises:
        NotFound: AWS knows no such thing.
        NothingToDo: An update would change nothing.
        AwsUnavailable: Any other refusal; its subclasses say which.
    """
    from botocore import exceptions

    log_in = _log_in(profile)
    try:
        yield
    except exceptions.ClientError as error:
        raise _refusal(what, error, log_in) from None
    except exceptions.NoCredentialsError:
        raise NoCredentials(f"There are no AWS credentials here. {log_in}") from None
    except exceptions.PartialCredentialsError as error:
        raise NoCredentials(
            f"The AWS credentials here are not whole: {error}. Set what is missing, or: {log_in}"
        ) from None
    except exceptions.NoRegionError:
        raise AwsUnavailable(_NO_REGION) from None
    except exceptions.ProfileNotFound as error:
        name = error.kwargs["profile"]
        raise NoCredentials(
            f"{error}. 'aws configure list-profiles' lists them. Make it with 'aws configure sso "
            f"--profile {name}' (access through SSO) or 'aws configure --profile {name}' (keys)."
        ) from None
    except (
        exceptions.SSOError,
        exceptions.TokenRetrievalError,
        exceptions.CredentialRetrievalError,
    ) as error:
        raise CredentialsExpired(
            f"The AWS login has ended: {str(error).rstrip('.')}. {log_in}"
        ) from None
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise Unreachable(
            f"AWS cannot be reached to ask about {what}: {str(error).rstrip('.')}. Check the "
            "network, then try again."
        ) from None
    except exceptions.BotoCoreError as error:
        raise AwsUnavailable(
            f"AWS cannot be asked about {what}: {str(error).rstrip('.')}. {log_in}"
        ) from None


def _log_in(profile: str | None) -> str:
    """How to get credentials."""
    if profile:
        return f"Log in with 'make sso-login PROFILE={profile}'."
    return "Log in with 'make sso-login PROFILE=<profile>', and name it with --profile."


def _refusal(what: str, error: Any, log_in: str) -> SlmError:
    """A botocore ClientError as one of ours."""
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    if code in _MISSING_CODES or any(words in message for words in _MISSING_WORDS):
        return NotFound(
            f"There is no {what} in this account and region. Name another place with --profile "
            "and --region, or deploy it first."
        )
    if _NOTHING_WORDS in message:
        return NothingToDo(f"Nothing changes: {what}.")
    if code in _EXPIRED_CODES:
        return CredentialsExpired(f"The AWS credentials are not valid any more ({code}). {log_in}")
    if code in _THROTTLED_CODES:
        return Throttled(
            f"AWS throttles {error.operation_name} for {what}: {message} ({code}). "
            "Try again in a minute."
        )
    if code in _DENIED_CODES:
        return PermissionMissing(
            f"AWS refused {error.operation_name} for {what}: {message} ({code}). "
            "Ask for that permission."
        )
    kind = Conflict if code == _CONFLICT_CODE else AwsUnavailable
    return kind(f"AWS refused {error.operation_name} for {what}: {message} ({code}).")
