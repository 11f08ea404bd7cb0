"""The stack: a model on SageMaker and its API, wired, tagged, with outputs."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from slm.settings import Settings, load_settings
from slm.stack_names import STACK_TAG, schedule_group_name
from slm_sagemaker.constructs.api_construct import ApiConstruct, ApiOptions
from slm_sagemaker.constructs.key_schedules import KeySchedules
from slm_sagemaker.constructs.metrics import StackMetrics
from slm_sagemaker.constructs.model_container import ModelContainer
from slm_sagemaker.constructs.monitoring_construct import MonitoringConstruct, MonitoringOptions
from slm_sagemaker.constructs.network import Network, NetworkConstruct
from slm_sagemaker.constructs.running import RunningSchedule, RunningSwitch
from slm_sagemaker.constructs.sagemaker_construct import Fleet, SageMakerConstruct
from slm_sagemaker.constructs.token_table import TokenTable, gateway_config, may_limit_tokens
from slm_sagemaker.outputs import add_outputs
from slm_sagemaker.same_region import require_same_region


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
        SettingsError: A setting is wrong, or names something in another region.
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
        require_same_region(self, settings)
        network = Network.from_settings(settings)
        joined = NetworkConstruct(self, "Network", network) if network else None
        running = RunningSwitch(self)
        endpoint = SageMakerConstruct(
            self,
            "SageMaker",
            endpoint_name=settings.resolved_endpoint_name,
            container=ModelContainer.from_settings(settings),
            fleet=Fleet.from_settings(settings),
            running=running.condition,
            log_retention_days=settings.log_retention_days,
            network=joined,
            kms_key_arn=settings.kms_key_arn,
        )
        api = ApiConstruct(
            self,
            "Api",
            config=gateway_config(settings),
            options=ApiOptions.from_settings(settings),
            network=joined,
        )
        endpoint.grant_invoke(api.function)
        if may_limit_tokens(settings):
            TokenTable(self, "Tokens", settings.stack_name).grant_count(api.function)
        schedules = scheduler.CfnScheduleGroup(
            self, "Schedules", name=schedule_group_name(settings.stack_name)
        )
        key_schedules = KeySchedules(self, "KeySchedules", group=schedules)
        MonitoringConstruct(
            self,
            "Monitoring",
            metrics=StackMetrics(endpoint.endpoint_name, settings.stack_name, api.function),
            options=MonitoringOptions.from_settings(settings, self.region),
            dead_letters=self._build_running_hours(settings, schedules),
        )
        cdk.Tags.of(self).add("project", "slm-sagemaker")
        cdk.Tags.of(self).add(STACK_TAG, settings.stack_name)
        add_outputs(self, api, key_schedules)

    def _build_running_hours(
        self, settings: Settings, group: scheduler.CfnScheduleGroup
    ) -> sqs.Queue | None:
        """The clock, if there are hours; its dead letters."""
        hours = settings.running_hours_parsed
        if hours is None:
            return None
        clock = RunningSchedule(
            self,
            "RunningHours",
            hours=hours,
            time_zone=settings.time_zone,
            group=group,
        )
        return clock.dead_letters


def _resolve(settings: Settings | None, **knobs: Any) -> Settings:
    """The settings, with the arguments that were given in place of theirs, checked again."""
    given = {name: value for name, value in knobs.items() if value is not None}
    if settings is not None and not given:
        return settings
    return load_settings(**(settings.model_dump() if settings else {}) | given)
