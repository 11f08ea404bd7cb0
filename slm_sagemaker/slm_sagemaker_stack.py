"""The stack: a model on SageMaker and its API, wired, tagged, with outputs."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from slm.settings import Settings, load_settings
from slm_sagemaker.constructs.api_construct import ApiConstruct
from slm_sagemaker.constructs.sagemaker_construct import SageMakerConstruct
from slm_sagemaker.outputs import add_outputs


class SlmSagemakerStack(cdk.Stack):
    """One endpoint and its API.

    Args:
        scope: The app.
        construct_id: Id in the app; the stack's name is the setting ``stack_name``.
        settings: What to deploy; read from environment and ``slm.toml`` if absent.
        instance_type, initial_instance_count, hf_model_id, rate_limit, burst_limit, quota: Win
            over the settings of these names.
        env: Account and region; open if absent.

    Raises:
        SettingsError: A setting is wrong.
        UnsupportedRegion: The region lacks what the stack needs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings | None = None,
        instance_type: str | None = None,
        initial_instance_count: int | None = None,
        hf_model_id: str | None = None,
        rate_limit: float | None = None,
        burst_limit: int | None = None,
        quota: int | None = None,
        env: cdk.Environment | None = None,
    ) -> None:
        settings = _resolve(
            settings,
            instance_type=instance_type,
            initial_instance_count=initial_instance_count,
            hf_model_id=hf_model_id,
            rate_limit=rate_limit,
            burst_limit=burst_limit,
            quota=quota,
        )
        super().__init__(scope, construct_id, stack_name=settings.stack_name, env=env)
        endpoint = SageMakerConstruct(
            self,
            "SageMaker",
            endpoint_name=settings.resolved_endpoint_name,
            engine=settings.engine_facts,
            model=settings.model_spec(),
            instance_type=settings.instance_type,
            initial_instance_count=settings.initial_instance_count,
            startup_timeout_s=settings.container_startup_timeout_s,
            log_retention_days=settings.log_retention_days,
        )
        api = ApiConstruct(
            self,
            "Api",
            config=settings.gateway_config(),
            rate_limit=settings.rate_limit,
            burst_limit=settings.burst_limit,
            quota=settings.quota,
            keyless=apigateway.ThrottleSettings(
                rate_limit=settings.keyless_rate_limit, burst_limit=settings.keyless_burst_limit
            ),
            access_logs=settings.access_logs,
            log_retention_days=settings.log_retention_days,
        )
        endpoint.grant_invoke(api.function)
        cdk.Tags.of(self).add("project", "slm-sagemaker")
        cdk.Tags.of(self).add("slm:stack", settings.stack_name)
        add_outputs(self, api)


def _resolve(settings: Settings | None, **knobs: Any) -> Settings:
    """The settings, with the arguments that were given in place of theirs, checked again."""
    given = {name: value for name, value in knobs.items() if value is not None}
    if settings is not None and not given:
        return settings
    return load_settings(**(settings.model_dump() if settings else {}) | given)
