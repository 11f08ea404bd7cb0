"""The one endpoint of the local SageMaker: what it is called, how it is, what it answers
when it cannot answer.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from slm.errors import SlmError
from slm.local.model_server import ModelServer, ModelState
from slm.stack_names import endpoint_log_group_name

EndpointStatus = Literal["Creating", "InService", "Failed"]

_STATUS: Final[dict[ModelState, EndpointStatus]] = {
    ModelState.LOADING: "Creating",
    ModelState.READY: "InService",
    # SageMaker restarts a container that ended; the endpoint stays in service.
    ModelState.RESTARTING: "InService",
    ModelState.FAILED: "Failed",
    ModelState.STOPPED: "Failed",
}

_TIMED_OUT: Final = (
    "Your invocation timed out while waiting for a response from container primary. Review the "
    "latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)


class AwsError(SlmError):
    """An error as AWS's APIs give it.

    Args:
        status: HTTP status.
        error_type: Name of the exception, as SDKs know it.
        message: For people.
        members: Further fields of the exception.
    """

    def __init__(
        self, status: int, error_type: str, message: str, members: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message, code=error_type)
        self.status = status
        self.error_type = error_type
        self.members = members or {}


@dataclass(frozen=True)
class EndpointState:
    """What ``DescribeEndpoint`` says about now.

    Attributes:
        status: EndpointStatus.
        failure_reason: FailureReason, if it failed.
    """

    status: EndpointStatus
    failure_reason: str = ""


def state_of(server: ModelServer) -> EndpointState:
    """The endpoint's state, from its model server's."""
    status = _STATUS[server.state]
    return EndpointState(status, server.failure if status == "Failed" else "")


@dataclass(frozen=True)
class Endpoint:
    """A real-time endpoint with one variant.

    Attributes:
        name: Its name.
        region: Region of the ARNs.
        account_id: Account of the ARNs; the one that AWS's own examples use.
        variant: Name of the variant.
        instance_count: Instances it is configured with.
    """

    name: str
    region: str = "us-east-1"
    account_id: str = field(default="123456789012", repr=False)
    variant: str = "AllTraffic"
    instance_count: int = 1

    def arn_of(self, name: str) -> str:
        """The ARN of an endpoint here."""
        return f"arn:aws:sagemaker:{self.region}:{self.account_id}:endpoint/{name.lower()}"

    def description(self, state: EndpointState, *, created: float) -> dict[str, Any]:
        """The answer of ``DescribeEndpoint``.

        Args:
            state: Its state now.
            created: When it began, in seconds since 1970.
        """
        running = self.instance_count if state.status == "InService" else 0
        answer = {
            "EndpointName": self.name,
            "EndpointArn": self.arn_of(self.name),
            "EndpointConfigName": f"{self.name}-config",
            "EndpointStatus": state.status,
            "CreationTime": created,
            "LastModifiedTime": created,
            "ProductionVariants": [
                {
                    "VariantName": self.variant,
                    "CurrentWeight": 1.0,
                    "DesiredWeight": 1.0,
                    "CurrentInstanceCount": running,
                    "DesiredInstanceCount": self.instance_count,
                }
            ],
        }
        if state.failure_reason:
            answer["FailureReason"] = state.failure_reason
        return answer

    def check_invocable(self, name: str, state: EndpointState) -> None:
        """Whether a call to this endpoint can go on.

        Raises:
            AwsError: There is no such endpoint, or it is not in service. AWS does not document
                its words for the second case; these say what it is.
        """
        if name != self.name:
            raise AwsError(
                400, "ValidationError", f"Endpoint {name} of account {self.account_id} not found."
            )
        if state.status != "InService":
            reason = f": {state.failure_reason}" if state.failure_reason else "."
            raise AwsError(
                503, "ServiceUnavailable", f"Endpoint {name} is in status {state.status}{reason}"
            )

    def model_error(self, status: int, content: bytes) -> AwsError:
        """The container answered with an error.

        Args:
            status: Its HTTP status.
            content: Its body.
        """
        return self._model_error(status, content.decode(errors="replace"))

    def timed_out(self) -> AwsError:
        """The container did not answer in time: SageMaker calls that status 0."""
        return self._model_error(0, _TIMED_OUT)

    def broken_off(self, message: str) -> AwsError:
        """The container's connection broke in the midst of a whole answer."""
        return self._model_error(0, message)

    def _model_error(self, status: int, message: str) -> AwsError:
        log_group = endpoint_log_group_name(self.name)
        side = "client" if 400 <= status < 500 else "server"
        return AwsError(
            424,
            "ModelError",
            f'Received {side} error ({status}) from primary with message "{message}". See '
            f"https://{self.region}.console.aws.amazon.com/cloudwatch/home?region={self.region}"
            f"#logEventViewer:group={log_group} in account {self.account_id} "
            "for more information.",
            {
                "ErrorCode": f"{_ERROR_CODES[side]}_FROM_MODEL",
                "OriginalStatusCode": status,
                "OriginalMessage": message,
                "LogStreamArn": (
                    f"arn:aws:logs:{self.region}:{self.account_id}:log-group:{log_group}"
                ),
            },
        )


_ERROR_CODES: Final = {"client": "CLIENT_ERROR", "server": "INTERNAL_FAILURE"}
