"""``AWS::ApplicationAutoScaling::ScalableTarget`` and ``ScalingPolicy``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApplicationAutoScaling.html
"""

from typing import Final

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.sagemaker.models import sagemaker_backends

from tests.emulator.resources.api_shapes import InvalidProperty, checked
from tests.emulator.resources.resource_type import Created, Properties, ResourceType, here

_SERVICE: Final = "application-autoscaling"


def _register(_logical_id: str, props: Properties, _stack_name: str) -> Created:
    """https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html"""
    request = checked(_SERVICE, "RegisterScalableTarget", props)
    _, endpoint, _, variant = request["ResourceId"].split("/")
    if endpoint not in here(sagemaker_backends).endpoints:
        raise InvalidProperty(f"No variant {variant} of endpoint {endpoint} found.")
    here(applicationautoscaling_backends).register_scalable_target(
        request["ServiceNamespace"],
        request["ResourceId"],
        request["ScalableDimension"],
        request["MinCapacity"],
        request["MaxCapacity"],
        request.get("RoleARN", ""),
        request.get("SuspendedState"),
    )
    # Ref is these three, which a policy's ScalingTargetId takes apart again.
    parts = (request[n] for n in ("ResourceId", "ScalableDimension", "ServiceNamespace"))
    identifier = "|".join(parts)
    return identifier, {"Id": identifier}


def _update_target(
    physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
) -> Created:
    return _register(logical_id, new, stack_name)


def _deregister(physical_id: str, _props: Properties) -> None:
    """A target's policies go with it.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
    """
    resource_id, dimension, namespace = physical_id.split("|")
    backend = here(applicationautoscaling_backends)
    backend.deregister_scalable_target(namespace, resource_id, dimension)
    for key, policy in list(backend.policies.items()):
        if (policy.resource_id, policy.scalable_dimension) == (resource_id, dimension):
            del backend.policies[key]


def _put_policy(_logical_id: str, props: Properties, _stack_name: str) -> Created:
    """https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html"""
    call = dict(props)
    if target := call.pop("ScalingTargetId", None):
        resource_id, dimension, namespace = target.split("|")
        call |= {
            "ResourceId": resource_id,
            "ScalableDimension": dimension,
            "ServiceNamespace": namespace,
        }
    request = checked(_SERVICE, "PutScalingPolicy", call)
    configuration = request["TargetTrackingScalingPolicyConfiguration"]
    backend = here(applicationautoscaling_backends)
    if request["ResourceId"] not in backend.targets.get(request["ScalableDimension"], {}):
        raise InvalidProperty(f"No scalable target registered for {request['ResourceId']}.")
    policy = backend.put_scaling_policy(
        request["PolicyName"],
        request["ServiceNamespace"],
        request["ResourceId"],
        request["ScalableDimension"],
        configuration,
        request["PolicyType"],
    )
    return policy.policy_arn, {"Arn": policy.policy_arn}


def _update_policy(
    physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str
) -> Created:
    created = _put_policy(logical_id, new, stack_name)
    if created[0] != physical_id:
        _delete_policy(physical_id, old)
    return created


def _delete_policy(arn: str, _props: Properties) -> None:
    backend = here(applicationautoscaling_backends)
    for key, policy in list(backend.policies.items()):
        if policy.policy_arn == arn:
            del backend.policies[key]


TYPES: Final = {
    "AWS::ApplicationAutoScaling::ScalableTarget": ResourceType(
        _register, _update_target, _deregister
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ResourceType(
        _put_policy, _update_policy, _delete_policy
    ),
}
