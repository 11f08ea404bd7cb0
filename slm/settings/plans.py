"""Usage plans: what the keys of each may use."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from slm.limits import MAX_BURST_LIMIT, MAX_RATE_LIMIT

DEFAULT_PLAN: Final = "default"
"""It always exists, and holds the first key."""

Rate = Annotated[float, Field(gt=0, le=MAX_RATE_LIMIT)]
Burst = Annotated[int, Field(ge=1, le=MAX_BURST_LIMIT)]
Quota = Annotated[int, Field(ge=1, le=2_147_483_647)]
Tokens = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
Period = Literal["day", "week", "month"]

PlanName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class PlanOverrides(BaseModel):
    """``[plans.NAME]``: what differs from the settings of the same names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate_limit: Rate | None = None
    burst_limit: Burst | None = None
    quota: Quota | None = None
    quota_period: Period | None = None
    tokens_per_day: Tokens | None = None


class PlanSettings(BaseModel):
    """A usage plan, resolved.

    Attributes:
        rate_limit: Requests per second of a key.
        burst_limit: Burst of a key, in requests.
        quota: Requests of a key per ``quota_period``.
        quota_period: day, week or month, in UTC.
        tokens_per_day: Prompt and answer tokens of a key per day (UTC); 0 for no limit.
    """

    model_config = ConfigDict(frozen=True)

    rate_limit: float
    burst_limit: int
    quota: int
    quota_period: Period
    tokens_per_day: int
