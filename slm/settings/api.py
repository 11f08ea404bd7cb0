"""Settings of the API: limits, plans, who may call it from where, under which name."""

from typing import Annotated

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from slm.limits import MIN_WAF_RATE_LIMIT
from slm.settings.lists import split_list
from slm.settings.plans import (
    DEFAULT_PLAN,
    Burst,
    Period,
    PlanName,
    PlanOverrides,
    PlanSettings,
    Quota,
    Rate,
    Tokens,
)


class ApiSettings(BaseModel):
    """What a caller may use, and how it is kept from others."""

    rate_limit: Rate = 50
    burst_limit: Burst = 100
    quota: Quota = 10_000
    quota_period: Period = "day"
    tokens_per_day: Tokens = 0
    plans: dict[PlanName, PlanOverrides] = {}
    keyless_rate_limit: Rate = 10
    keyless_burst_limit: Burst = 40
    max_concurrent_requests: Annotated[int, Field(ge=0, le=10_000)] = 0
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    waf_rate_limit: Annotated[int, Field(ge=0, le=2_000_000_000)] = 0
    domain_name: Annotated[str, Field(pattern=r"^([a-z0-9-]+(\.[a-z0-9-]+)+)?$")] = ""
    certificate_arn: Annotated[
        str, Field(pattern=r"^(arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/\S+)?$")
    ] = ""
    hosted_zone_id: Annotated[str, Field(pattern=r"^(Z[A-Z0-9]+)?$")] = ""

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        return split_list(value)

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and not origin.startswith(("https://", "http://")):
                raise ValueError("each origin must be '*' or start with https:// or http://")
        return value

    @field_validator("waf_rate_limit")
    @classmethod
    def _check_waf(cls, value: int) -> int:
        if 0 < value < MIN_WAF_RATE_LIMIT:
            raise ValueError(f"must be 0 (off) or at least {MIN_WAF_RATE_LIMIT}")
        return value

    def usage_plans(self) -> dict[str, PlanSettings]:
        """Every plan by its name, the default one first."""
        named = {DEFAULT_PLAN: PlanOverrides()} | self.plans
        own = {name: getattr(self, name) for name in PlanSettings.model_fields}
        return {
            name: PlanSettings(**own | plan.model_dump(exclude_none=True))
            for name, plan in named.items()
        }
