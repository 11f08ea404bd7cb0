"""AWS as ``slm.cli.stack`` sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from slm import stack_outputs

OUTPUTS: Mapping[str, str] = {
    stack_outputs.API_GATEWAY_URL: "https://api.example/prod/",
    stack_outputs.OPENAI_BASE_URL: "https://api.example/prod/v1",
    stack_outputs.API_KEY_ID: "key-id",
}


def client_error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


@dataclass
class FakeAws:
    """One stack with its endpoint and its key.

    Attributes:
        profile: As ``Aws.profile``.
        region: As ``Aws.region``.
        name: The stack's name.
        endpoint_name: The endpoint's name.
        outputs: The stack's outputs.
        failure: What every call raises, if anything.
        reason: FailureReason of the endpoint.
        keys: API keys in place of the one that the outputs name, which is gone then.
    """

    profile: str | None = None
    region: str = "eu-west-2"
    name: str = "SlmSagemakerStack"
    endpoint_name: str = "SlmSagemakerStack-endpoint"
    outputs: Mapping[str, str] = field(default_factory=lambda: dict(OUTPUTS))
    failure: Exception | None = None
    reason: str = ""
    keys: list[dict[str, Any]] | None = None

    @property
    def cloudformation(self) -> Any:
        return self

    apigateway = sagemaker = cloudformation

    def describe_stacks(self, *, StackName: str) -> Any:
        self._fail()
        if StackName != self.name:
            message = f"Stack with id {StackName} does not exist"
            raise client_error("ValidationError", message)
        outputs = [{"OutputKey": k, "OutputValue": v} for k, v in self.outputs.items()]
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Outputs": outputs}]}

    def describe_endpoint(self, *, EndpointName: str) -> Any:
        self._fail()
        if EndpointName != self.endpoint_name:
            raise client_error("ValidationException", 'Could not find endpoint "arn:..."')
        reason = {"FailureReason": self.reason} if self.reason else {}
        return {"EndpointStatus": "Failed" if reason else "InService"} | reason

    def get_api_key(self, *, apiKey: str, includeValue: bool) -> Any:
        self._fail()
        assert includeValue
        if self.keys is not None:
            raise client_error("NotFoundException", "Invalid API Key identifier specified")
        return {"id": apiKey, "value": f"value-of-{apiKey}"}

    def get_api_keys(self, *, nameQuery: str, includeValues: bool) -> Any:
        assert includeValues
        return {"items": [key for key in self.keys or () if key["name"].startswith(nameQuery)]}

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
