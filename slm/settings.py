"""``slm.toml`` and the environment, read into one frozen, validated object.

Precedence: arguments over environment (``SLM_*``) over ``slm.toml`` over the defaults
below. A wrong or unknown key stops with its name, what came and what is allowed.
"""

import json
import os
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from slm.engines import ENGINES, Engine, ModelSpec
from slm.errors import SlmError
from slm.gateway.config import GatewayConfig
from slm.limits import (
    MAX_BURST_LIMIT,
    MAX_RATE_LIMIT,
    MAX_STARTUP_TIMEOUT_S,
    MIN_STARTUP_TIMEOUT_S,
)

ENV_PREFIX: Final = "SLM_"
CONFIG_FILE_VARIABLE: Final = "SLM_CONFIG_FILE"
"""Names another file than ``slm.toml`` in the working directory."""

CLIENT_VARIABLES: Final = frozenset({CONFIG_FILE_VARIABLE, "SLM_URL", "SLM_API_KEY"})
"""Variables with our prefix that are not settings: the first names the file, the others tell
``slm invoke`` where to call."""


class SettingsError(SlmError):
    """A setting is wrong or unknown; the message has a line for each."""


class Settings(BaseSettings):
    """What to deploy, and what the twin imitates. ``slm.toml`` explains each setting."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid")

    stack_name: Annotated[str, Field(pattern=r"^[A-Za-z](-*[A-Za-z0-9]){0,53}$")] = (
        "SlmSagemakerStack"
    )
    endpoint_name: Annotated[str, Field(pattern=r"^([A-Za-z0-9](-*[A-Za-z0-9]){0,62})?$")] = ""

    hf_model_id: Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$", max_length=200)] = (
        "NousResearch/Hermes-3-Llama-3.1-8B"
    )
    served_model_name: Annotated[str, Field(max_length=200)] = ""
    engine: Literal["tgi", "vllm", "llama.cpp"] = "tgi"
    quantize: str = "bitsandbytes-nf4"
    gguf_file: str = ""
    max_input_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = 3584
    max_total_tokens: Annotated[int, Field(ge=2, le=1_000_000)] = 4096

    instance_type: Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")] = "ml.g4dn.2xlarge"
    initial_instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    container_startup_timeout_s: Annotated[
        int, Field(ge=MIN_STARTUP_TIMEOUT_S, le=MAX_STARTUP_TIMEOUT_S)
    ] = 1200

    rate_limit: Annotated[float, Field(gt=0, le=MAX_RATE_LIMIT)] = 50
    burst_limit: Annotated[int, Field(ge=1, le=MAX_BURST_LIMIT)] = 100
    quota: Annotated[int, Field(ge=1, le=2_147_483_647)] = 10_000
    keyless_rate_limit: Annotated[float, Field(gt=0, le=MAX_RATE_LIMIT)] = 10
    keyless_burst_limit: Annotated[int, Field(ge=1, le=MAX_BURST_LIMIT)] = 40
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    access_logs: bool = False
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365] = 30
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: Any) -> Any:
        """The environment has one string: origins separated by commas, or a JSON list."""
        if isinstance(value, str) and value.startswith("["):
            return json.loads(value)
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and not origin.startswith(("https://", "http://")):
                raise ValueError("each origin must be '*' or start with https:// or http://")
        return value

    @model_validator(mode="after")
    def _check_together(self) -> "Settings":
        if self.max_input_tokens >= self.max_total_tokens:
            raise ValueError(
                f"max_input_tokens = {self.max_input_tokens}: must be below max_total_tokens, "
                f"which is {self.max_total_tokens}"
            )
        allowed = self.engine_facts.quantize_values
        if self.quantize and self.quantize not in allowed:
            choice = ", ".join(f'"{value}"' for value in ("", *allowed))
            raise ValueError(
                f'quantize = "{self.quantize}": engine {self.engine} takes one of {choice}'
            )
        if self.gguf_file and self.engine != "llama.cpp":
            raise ValueError(
                f'gguf_file = "{self.gguf_file}": only engine llama.cpp reads GGUF files'
            )
        return self

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
        )

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
        """Arguments over environment over file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def config_file() -> Path:
    """The settings file: ``SLM_CONFIG_FILE``, or ``slm.toml`` in the working directory."""
    return Path(os.environ.get(CONFIG_FILE_VARIABLE, "slm.toml"))


def load_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Args:
        overrides: Settings that win over environment and file.

    Raises:
        SettingsError: A key is wrong or unknown, or the file that was named cannot be read.
    """
    file = config_file()
    if CONFIG_FILE_VARIABLE in os.environ and not file.is_file():
        raise SettingsError(f"{CONFIG_FILE_VARIABLE} = {file}: there is no such file.")
    known = {f"{ENV_PREFIX}{name}".upper() for name in Settings.model_fields} | CLIENT_VARIABLES
    unknown = sorted(
        name
        for name in os.environ
        if name.upper().startswith(ENV_PREFIX) and name.upper() not in known
    )
    if unknown:
        raise SettingsError(
            f"{unknown[0]}: there is no such setting. The settings are: {_names()}. Unset it."
        )
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(e, file) for e in error.errors())) from None
    except (ValueError, OSError) as error:  # TOMLDecodeError is a ValueError
        raise SettingsError(f"{file}: {error}") from None


def _names() -> str:
    return ", ".join(Settings.model_fields)


def _explain(error: ErrorDetails, file: Path) -> str:
    """One line: the key's name, what came, what is allowed, and where it came from."""
    if not error["loc"]:  # from _check_together: the message names its keys
        return error["msg"].removeprefix("Value error, ")
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such setting ({file}). The settings are: {_names()}."
    variable = f"{ENV_PREFIX}{name}".upper()
    source = variable if variable in os.environ else str(file)
    message = error["msg"].removeprefix("Value error, ")
    return f"{name} = {error['input']!r} ({source}): {message[0].lower()}{message[1:]}."
