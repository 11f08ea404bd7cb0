"""``AWS::SageMaker::Model``, ``EndpointConfig`` and ``Endpoint``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SageMaker.html
"""

import time
from typing import Any, Final

from moto.sagemaker.models import sagemaker_backends

from tests.emulator import endpoints
from tests.emulator.resources.api_shapes import checked
from tests.emulator.resources.leftovers import leave
from tests.emulator.resources.resource_type import (
    Created,
    Properties,
    ResourceType,
    generated_name,
    here,
)

_NAME_LENGTH: Final = 63
_POLL_S: Final = 0.02


def _create_model(logical_id: str, props: Properties, _stack_name: str) -> Created:
    name = props.get("ModelName") or generated_name(logical_id, _NAME_LENGTH)
    request = checked("sagemaker", "CreateModel", props | {"ModelName": name})
    model = here(sagemaker_backends).create_model(
        model_name=name,
        execution_role_arn=request.get("ExecutionRoleArn"),
        primary_container=request.get("PrimaryContainer"),
        vpc_config=request.get("VpcConfig"),
        containers=request.get("Containers"),
        tags=request.get("Tags"),
    )
    return name, {"ModelName": name, "Id": model.arn}


def _delete_model(name: str, _props: Properties) -> None:
    here(sagemaker_backends).delete_model(name)


def _create_config(logical_id: str, props: Properties, _stack_name: str) -> Created:
    name = props.get("EndpointConfigName") or generated_name(logical_id, _NAME_LENGTH)
    request = checked("sagemaker", "CreateEndpointConfig", props | {"EndpointConfigName": name})
    config = here(sagemaker_backends).create_endpoint_config(
        endpoint_config_name=name,
        production_variants=request["ProductionVariants"],
        async_inference_config=request.get("AsyncInferenceConfig"),
        data_capture_config=request.get("DataCaptureConfig"),
        tags=request.get("Tags"),
        kms_key_id=request.get("KmsKeyId"),
    )
    return name, {"EndpointConfigName": name, "Id": config.endpoint_config_arn}


def _delete_config(name: str, _props: Properties) -> None:
    here(sagemaker_backends).delete_endpoint_config(name)


def _replaced(create: Any) -> Any:
    """An update of a resource that has no update call: any change makes a new one."""

    def update(
        physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
    ) -> Created:
        return create(logical_id, new, stack_name)

    return update


def _create_endpoint(logical_id: str, props: Properties, stack_name: str) -> Created:
    name = props.get("EndpointName") or generated_name(logical_id, _NAME_LENGTH)
    request = checked("sagemaker", "CreateEndpoint", _call(props) | {"EndpointName": name})
    backend = here(sagemaker_backends)
    endpoint = backend.create_endpoint(name, request["EndpointConfigName"], request.get("Tags"))
    if (state := _settled(endpoint)) != endpoints.IN_SERVICE:
        leave(stack_name, lambda: backend.delete_endpoint(name))
        raise endpoints.DidNotStabilize(name, state, endpoint.failure_reason)
    return name, {"EndpointName": name, "Id": endpoint.arn}


def _update_endpoint(
    physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
) -> Created:
    if new.get("EndpointName", physical_id) != physical_id:
        return _create_endpoint(logical_id, new, stack_name)
    backend = here(sagemaker_backends)
    endpoint = backend.endpoints[physical_id]
    if new["EndpointConfigName"] != old["EndpointConfigName"]:
        config = new["EndpointConfigName"]
        call = {"EndpointName": physical_id, "EndpointConfigName": config}
        checked("sagemaker", "UpdateEndpoint", call)
        endpoints.update_endpoint(backend, physical_id, config)
        _settled(endpoint)
        if endpoint.failure_reason:
            raise endpoints.DidNotStabilize(physical_id, "InService", endpoint.failure_reason)
    return physical_id, {"EndpointName": physical_id, "Id": endpoint.arn}


def _call(props: Properties) -> Properties:
    """CloudFormation's own properties are not the API's."""
    return {n: v for n, v in props.items() if n in ("EndpointName", "EndpointConfigName", "Tags")}


def _delete_endpoint(name: str, _props: Properties) -> None:
    here(sagemaker_backends).delete_endpoint(name)


def _settled(endpoint: Any) -> str:
    while endpoint.endpoint_status in endpoints.ON_THE_WAY:
        time.sleep(_POLL_S)
    return str(endpoint.endpoint_status)


TYPES: Final = {
    "AWS::SageMaker::Model": ResourceType(_create_model, _replaced(_create_model), _delete_model),
    "AWS::SageMaker::EndpointConfig": ResourceType(
        _create_config, _replaced(_create_config), _delete_config
    ),
    "AWS::SageMaker::Endpoint": ResourceType(
        _create_endpoint, _update_endpoint, _delete_endpoint, waits=True
    ),
}
