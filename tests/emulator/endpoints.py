"""The life of an endpoint: it takes time to come up, and may not.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
moto's endpoint is in service at once and for ever, and knows no update.
"""

import time
from typing import Any, Final

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.sagemaker import models
from moto.sagemaker.exceptions import ValidationError

from tests.emulator import hold, quotas

IN_SERVICE: Final = "InService"
FAILED: Final = "Failed"
ON_THE_WAY: Final = frozenset({"Creating", "Updating"})

COMES_UP_S: Final = 0.1
"""Minutes on AWS."""

BROKEN_OWNER: Final = "broken"
"""A Hub model of this owner never answers the first ping."""

VARIANT_DIMENSION: Final = "sagemaker:variant:DesiredInstanceCount"


class DidNotStabilize(Exception):
    """The stack's event for an endpoint that did not come up."""

    def __init__(self, name: str, state: str, reason: str) -> None:
        super().__init__(
            f"Resource handler returned message: \"Resource of type 'AWS::SageMaker::Endpoint' "
            f"with identifier '{name}' did not stabilize. Endpoint status: {state}. "
            f'FailureReason: {reason}" (HandlerErrorCode: NotStabilized)'
        )


class LivingEndpoint(models.FakeEndpoint):
    """moto's endpoint, with a life."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._settled = IN_SERVICE
        self._set_out("Creating")
        super().__init__(*args, **options)

    @property
    def endpoint_status(self) -> str:
        """Where it is in its life."""
        is_held = self._hold != hold.NO_HOLD and self._hold == hold.current()
        on_the_way = is_held or time.monotonic() < self._settles_at
        return self._on_the_way if on_the_way else self._settled

    @endpoint_status.setter
    def endpoint_status(self, value: str) -> None:
        self._settled = IN_SERVICE if value in ON_THE_WAY else value

    @property
    def response_object(self) -> dict[str, Any]:
        """What ``DescribeEndpoint`` answers."""
        answer = {n: v for n, v in super().response_object.items() if not n.startswith("_")}
        return answer | {"EndpointStatus": self.endpoint_status}

    def _set_out(self, status: str) -> None:
        self._on_the_way, self._settles_at = status, time.monotonic() + COMES_UP_S
        self._hold = hold.current()

    def fail(self, reason: str) -> None:
        """End the way up in failure."""
        self._settled, self.failure_reason = FAILED, reason

    def change(self, config_name: str, variants: list[dict[str, Any]], reason: str) -> None:
        """Go to another configuration, or back to the old one if there is a reason to."""
        self._set_out("Updating")
        self.failure_reason = reason or None
        if not reason:
            self.endpoint_config_name = config_name
            self.production_variants = self._process_production_variants(variants)


def create_endpoint(
    backend: models.SageMakerModelBackend, name: str, config_name: str, tags: Any
) -> LivingEndpoint:
    """``CreateEndpoint``.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpoint.html

    Raises:
        ValidationError: There is one of this name, or no such configuration.
        quotas.LimitExceeded: The account may not run so many instances.
    """
    variants = _variants(backend, config_name)
    if name in backend.endpoints:
        arn = backend.endpoints[name].arn
        raise ValidationError(f'Cannot create already existing endpoint "{arn}".')
    _check_quota(backend, variants)
    endpoint = LivingEndpoint(
        account_id=backend.account_id,
        region_name=backend.region_name,
        endpoint_name=name,
        endpoint_config_name=config_name,
        production_variants=variants,
        data_capture_config=None,
        tags=tags,
    )
    if reason := _reason_to_fail(backend, variants):
        endpoint.fail(reason)
    backend.endpoints[name] = endpoint
    return endpoint


def update_endpoint(backend: models.SageMakerModelBackend, name: str, config_name: str) -> str:
    """``UpdateEndpoint``: the new fleet comes up beside the old one. Its ARN.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html

    Raises:
        ValidationError: There is no such endpoint or configuration, another operation is under
            way, or the instance type of a scaled variant would change.
        quotas.LimitExceeded: The account may not run both fleets at once.
    """
    endpoint = backend.endpoints.get(name)
    if endpoint is None:
        raise ValidationError(f'Could not find endpoint "{name}".')
    if endpoint.endpoint_status in ON_THE_WAY:
        raise ValidationError(f'Cannot update in-progress endpoint "{endpoint.arn}".')
    variants = _variants(backend, config_name)
    _check_scaled_variants(backend, endpoint, variants)
    _check_quota(backend, variants)
    endpoint.change(config_name, variants, _reason_to_fail(backend, variants))
    return str(endpoint.arn)


def _variants(backend: models.SageMakerModelBackend, config_name: str) -> list[dict[str, Any]]:
    config = backend.endpoint_configs.get(config_name)
    if config is None:
        raise ValidationError(f'Could not find endpoint configuration "{config_name}".')
    return list(config.production_variants)


def _check_quota(backend: models.SageMakerModelBackend, variants: list[dict[str, Any]]) -> None:
    for variant in variants:
        instance_type = variant["InstanceType"]
        running = sum(
            each.get("InitialInstanceCount", 0)
            for endpoint in backend.endpoints.values()
            if endpoint.endpoint_status != FAILED
            for each in _variants(backend, endpoint.endpoint_config_name)
            if each["InstanceType"] == instance_type
        )
        quotas.check(instance_type, running=running, wanted=variant["InitialInstanceCount"])


def _check_scaled_variants(
    backend: models.SageMakerModelBackend,
    endpoint: LivingEndpoint,
    variants: list[dict[str, Any]],
) -> None:
    """https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html"""
    scaling = applicationautoscaling_backends[backend.account_id][backend.region_name]
    scaled = scaling.targets.get(VARIANT_DIMENSION, {})
    before = {v["VariantName"]: v for v in _variants(backend, endpoint.endpoint_config_name)}
    for variant in variants:
        name = variant["VariantName"]
        old = before.get(name, variant)
        is_scaled = f"endpoint/{endpoint.endpoint_name}/variant/{name}" in scaled
        if is_scaled and old["InstanceType"] != variant["InstanceType"]:
            raise ValidationError(
                f'The variant(s) "{name}" must be deregistered from automatic scaling before '
                "the instance type is changed."
            )


def _reason_to_fail(backend: models.SageMakerModelBackend, variants: list[dict[str, Any]]) -> str:
    """Why this fleet will not come up; empty if it will."""
    for variant in variants:
        if variant["InstanceType"] == quotas.WITHOUT_CAPACITY:
            return (
                "Request to service failed. If failure persists after retry, contact customer "
                "support. InsufficientInstanceCapacity: unable to provision requested ML compute "
                "capacity. Please retry using a different ML instance type."
            )
        model = backend._models.get(variant["ModelName"])
        if model is None:
            return f'Could not find model "{variant["ModelName"]}".'
        environment = (model.primary_container or {}).get("Environment", {})
        if any(str(value).startswith(f"{BROKEN_OWNER}/") for value in environment.values()):
            return (
                f"The primary container for production variant {variant['VariantName']} did not "
                "pass the ping health check. Please check CloudWatch logs for this endpoint."
            )
    return ""
