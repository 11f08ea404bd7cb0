"""The endpoint's state follows the model server's."""

from pathlib import Path

import pytest

from slm.local.model_server import ModelServer
from slm.local.models import LocalModel
from slm.local.sagemaker_endpoint import AwsError, Endpoint, EndpointState, state_of

pytestmark = pytest.mark.anyio

ENDPOINT = Endpoint("My-Endpoint", region="eu-west-2")


async def test_a_server_that_loads_is_an_endpoint_in_creation(tmp_path: Path) -> None:
    model = LocalModel(tmp_path / "m.gguf", "m")
    server = ModelServer(model, alias="m", log_file=tmp_path / "log")
    assert state_of(server) == EndpointState("Creating")
    await server.stop()
    assert state_of(server).status == "Failed"


def test_arns_have_the_region_and_a_lower_case_name() -> None:
    arn = "arn:aws:sagemaker:eu-west-2:123456789012:endpoint/my-endpoint"
    assert ENDPOINT.arn_of("My-Endpoint") == arn


def test_only_the_endpoint_itself_can_be_invoked_and_only_in_service() -> None:
    ENDPOINT.check_invocable("My-Endpoint", EndpointState("InService"))
    with pytest.raises(AwsError, match="not found"):
        ENDPOINT.check_invocable("my-endpoint", EndpointState("InService"))
    with pytest.raises(AwsError, match="Creating"):
        ENDPOINT.check_invocable("My-Endpoint", EndpointState("Creating"))
