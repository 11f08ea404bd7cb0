"""moto's SageMaker, with endpoints that live (``tests.emulator.endpoints``)."""

from typing import Any

from moto.core.responses import ActionResult
from moto.sagemaker.models import FakeEndpointConfig, SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from tests.emulator import endpoints


def apply() -> None:
    """Create and update endpoints by our model, whoever calls."""

    def create(
        self: SageMakerModelBackend, endpoint_name: str, endpoint_config_name: str, tags: Any
    ) -> endpoints.LivingEndpoint:
        return endpoints.create_endpoint(self, endpoint_name, endpoint_config_name, tags)

    def update(self: SageMakerResponse) -> ActionResult:
        arn = endpoints.update_endpoint(
            self.sagemaker_backend,
            self._get_param("EndpointName"),
            self._get_param("EndpointConfigName"),
        )
        return ActionResult({"EndpointArn": arn})

    SageMakerModelBackend.create_endpoint = create
    SageMakerResponse.update_endpoint = update
    # Its list of instance types is years old; botocore's is checked where templates come in.
    FakeEndpointConfig.validate_instance_type = lambda self, instance_type: None
