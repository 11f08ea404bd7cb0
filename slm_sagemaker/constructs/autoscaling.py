"""The number of instances follows the load."""

from dataclasses import dataclass
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from slm.settings import Settings

VARIANT: Final = "AllTraffic"
"""The endpoint's one production variant."""

_METRIC: Final = "SageMakerVariantConcurrentRequestsPerModelHighResolution"
"""Requests in work or queued in a container, streams until their last token, every 10 seconds
(SageMaker AI guide, "Define a scaling policy", 2026-11-24)."""


@dataclass(frozen=True)
class Scaling:
    """How far and how fast.

    Attributes:
        min_instance_count: Fewest instances.
        max_instance_count: Most instances.
        target_concurrent_requests: Requests at once that an instance should have.
        scale_in_cooldown_s: Pause after taking instances away, seconds.
        scale_out_cooldown_s: Pause after adding instances, seconds.
    """

    min_instance_count: int
    max_instance_count: int
    target_concurrent_requests: float
    scale_in_cooldown_s: int
    scale_out_cooldown_s: int

    @classmethod
    def from_settings(cls, settings: Settings) -> "Scaling | None":
        """What the settings ask for; None for a fixed number."""
        if not settings.autoscaling:
            return None
        return cls(
            settings.autoscaling_min_instance_count,
            settings.autoscaling_max_instance_count,
            settings.autoscaling_target_concurrent_requests,
            settings.autoscaling_scale_in_cooldown_s,
            settings.autoscaling_scale_out_cooldown_s,
        )


def add_autoscaling(
    scope: Construct,
    scaling: Scaling,
    *,
    endpoint: sagemaker.CfnEndpoint,
    endpoint_name: str,
    running: cdk.CfnCondition,
) -> None:
    """A scalable target and its policy, which exist while the endpoint does."""
    target = autoscaling.CfnScalableTarget(
        scope,
        "ScalableTarget",
        min_capacity=scaling.min_instance_count,
        max_capacity=scaling.max_instance_count,
        # By name, not by reference: the endpoint does not always exist.
        resource_id=f"endpoint/{endpoint_name}/variant/{VARIANT}",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        service_namespace="sagemaker",
    )
    policy = autoscaling.CfnScalingPolicy(
        scope,
        "ScalingPolicy",
        policy_name=f"{endpoint_name}-concurrent-requests",
        policy_type="TargetTrackingScaling",
        scaling_target_id=target.ref,
        target_tracking_scaling_policy_configuration=(
            autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
                target_value=scaling.target_concurrent_requests,
                scale_in_cooldown=scaling.scale_in_cooldown_s,
                scale_out_cooldown=scaling.scale_out_cooldown_s,
                predefined_metric_specification=(
                    autoscaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty(
                        predefined_metric_type=_METRIC
                    )
                ),
            )
        ),
    )
    target.add_resource_dependency(endpoint)
    for resource in (target, policy):
        resource.cfn_options.condition = running
