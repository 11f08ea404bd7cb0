"""All settings in one frozen object, and the rules between them."""

from typing import Annotated, Final

from pydantic import Field, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from slm.engines import ENGINES, Engine, ModelSpec
from slm.gateway.config import GatewayConfig
from slm.settings.api import ApiSettings
from slm.settings.endpoint import EndpointSettings
from slm.settings.files import config_files
from slm.settings.model import ModelSettings
from slm.settings.operations import OperationsSettings

ENV_PREFIX: Final = "SLM_"


class Settings(OperationsSettings, ApiSettings, EndpointSettings, ModelSettings, BaseSettings):
    """What to deploy, and what the twin imitates. ``slm.toml`` explains each setting."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid")

    stack_name: Annotated[str, Field(pattern=r"^[A-Za-z](-*[A-Za-z0-9]){0,53}$")] = (
        "SlmSagemakerStack"
    )

    @model_validator(mode="after")
    def _check_together(self) -> "Settings":
        for broken in (
            self._model_rule(),
            self._container_rule(),
            self._scaling_rule(),
            self._network_rule(),
        ):
            if broken:
                raise ValueError(broken)
        return self

    def _model_rule(self) -> str | None:
        if self.max_input_tokens >= self.max_total_tokens:
            return (
                f"max_input_tokens = {self.max_input_tokens}: must be below max_total_tokens, "
                f"which is {self.max_total_tokens}"
            )
        allowed = self.engine_facts.quantize_values
        if self.quantize and self.quantize not in allowed:
            choice = ", ".join(f'"{value}"' for value in ("", *allowed))
            return f'quantize = "{self.quantize}": engine {self.engine} takes one of {choice}'
        if self.gguf_file and self.engine != "llama.cpp":
            return f'gguf_file = "{self.gguf_file}": only engine llama.cpp reads GGUF files'
        if self.engine == "llama.cpp" and self.model_data_url and not self.gguf_file:
            return "gguf_file: name the file below model_data_url that llama.cpp is to load"
        if self.engine == "llama.cpp" and self.hf_model_revision and not self.gguf_file:
            return "gguf_file: name the file of hf_model_revision that llama.cpp is to load"
        if self.model_data_url and self.hf_model_revision:
            return "hf_model_revision and model_data_url: S3 holds one revision, name one of them"
        if self.hf_token_secret and self.hf_token_parameter:
            return "hf_token_secret and hf_token_parameter: name one of them"
        if self.model_data_url and (self.hf_token_secret or self.hf_token_parameter):
            return "hf_token_secret, hf_token_parameter: a model in S3 needs no token, name none"
        return None

    def _container_rule(self) -> str | None:
        taken = sorted(set(self.container_environment) & self.engine_facts.container.variables())
        if taken:
            return (
                f"container_environment.{taken[0]}: the template sets it, see docs/engines.md; "
                "only others can be added"
            )
        return None

    def _scaling_rule(self) -> str | None:
        least, most = self.autoscaling_min_instance_count, self.autoscaling_max_instance_count
        if self.autoscaling and not least <= self.initial_instance_count <= most:
            return (
                f"initial_instance_count = {self.initial_instance_count}: must be between "
                f"autoscaling_min_instance_count = {least} and "
                f"autoscaling_max_instance_count = {most}"
            )
        return None

    def _network_rule(self) -> str | None:
        if bool(self.vpc_id) != bool(self.vpc_subnet_ids):
            return "vpc_id and vpc_subnet_ids: set both or neither"
        if self.vpc_endpoints and not self.vpc_id:
            return "vpc_endpoints = true: needs vpc_id and vpc_subnet_ids"
        if self.vpc_endpoints and self.model_data_url and self.token_limits:
            return (
                "tokens_per_day: is counted in DynamoDB, which vpc_endpoints with a model in S3 "
                "shuts out; leave one of them out"
            )
        if bool(self.domain_name) != bool(self.certificate_arn):
            return "domain_name and certificate_arn: set both or neither"
        if self.hosted_zone_id and not self.domain_name:
            return f'hosted_zone_id = "{self.hosted_zone_id}": needs domain_name'
        return None

    @property
    def engine_facts(self) -> Engine:
        """The configured engine's row of the table."""
        return ENGINES[self.engine]

    @property
    def resolved_endpoint_name(self) -> str:
        """The endpoint's fixed name, so that a new model updates the endpoint in place."""
        return self.endpoint_name or f"{self.stack_name}-endpoint"

    @property
    def resolved_served_model_name(self) -> str:
        """The model name that clients ask for."""
        return self.served_model_name or self.hf_model_id

    def model_spec(self) -> ModelSpec:
        """What the container is told."""
        return ModelSpec(
            hf_model_id=self.hf_model_id,
            served_model_name=self.resolved_served_model_name,
            quantize=self.quantize,
            gguf_file=self.gguf_file,
            max_input_tokens=self.max_input_tokens,
            max_total_tokens=self.max_total_tokens,
            hf_model_revision=self.hf_model_revision,
            in_s3=bool(self.model_data_url),
        )

    @property
    def token_limits(self) -> dict[str, int]:
        """The plans that limit tokens -> how many each of their keys may use a day."""
        limits = {name: plan.tokens_per_day for name, plan in self.usage_plans().items()}
        return {name: limit for name, limit in limits.items() if limit}

    def gateway_config(self, *, weights: str = "") -> GatewayConfig:
        """What the gateway is told.

        Args:
            weights: What really answers, if it is not the configured model.
        """
        return GatewayConfig(
            endpoint_name=self.resolved_endpoint_name,
            engine=self.engine,
            served_model_name=self.resolved_served_model_name,
            hf_model_id=self.hf_model_id,
            weights=weights or self.hf_model_id,
            max_total_tokens=self.max_total_tokens,
            cors_origins=self.cors_origins,
            log_level=self.log_level,
            tokens_per_day=self.token_limits,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments over environment over the files."""
        files = TomlConfigSettingsSource(settings_cls, config_files())
        return init_settings, env_settings, files
