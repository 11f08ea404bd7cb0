"""Settings of the endpoint: instances, scaling, the hours in which it runs, its network."""

import re
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import NoDecode

from slm.limits import MAX_STARTUP_TIMEOUT_S, MIN_STARTUP_TIMEOUT_S
from slm.schedule import RunningHours
from slm.settings.lists import split_list

_SUBNET: Final = re.compile(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})")


class EndpointSettings(BaseModel):
    """Where the model runs, how many times, and when."""

    endpoint_name: Annotated[str, Field(pattern=r"^([A-Za-z0-9](-*[A-Za-z0-9]){0,62})?$")] = ""
    instance_type: Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")] = "ml.g4dn.2xlarge"
    initial_instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    container_startup_timeout_s: Annotated[
        int, Field(ge=MIN_STARTUP_TIMEOUT_S, le=MAX_STARTUP_TIMEOUT_S)
    ] = 1200

    autoscaling_max_instance_count: Annotated[int, Field(ge=0, le=100)] = 0
    autoscaling_min_instance_count: Annotated[int, Field(ge=1, le=100)] = 1
    autoscaling_target_concurrent_requests: Annotated[float, Field(gt=0, le=1000)] = 8
    autoscaling_scale_in_cooldown_s: Annotated[int, Field(ge=0, le=86_400)] = 600
    autoscaling_scale_out_cooldown_s: Annotated[int, Field(ge=0, le=86_400)] = 120

    running_hours: str = ""
    time_zone: str = "UTC"

    vpc_id: Annotated[str, Field(pattern=r"^(vpc-([0-9a-f]{8}|[0-9a-f]{17}))?$")] = ""
    vpc_subnet_ids: Annotated[tuple[str, ...], NoDecode] = ()
    vpc_endpoints: bool = False
    kms_key_arn: Annotated[
        str, Field(pattern=r"^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/\S+)?$")
    ] = ""

    @field_validator("running_hours")
    @classmethod
    def _check_hours(cls, value: str) -> str:
        if value:
            RunningHours.parse(value)
        return value

    @field_validator("time_zone")
    @classmethod
    def _check_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(
                'must be a time zone of the IANA list, for example "UTC" or "Europe/London"'
            ) from None
        return value

    @field_validator("vpc_subnet_ids", mode="before")
    @classmethod
    def _split_subnets(cls, value: object) -> object:
        return split_list(value)

    @field_validator("vpc_subnet_ids")
    @classmethod
    def _check_subnets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for subnet in value:
            if not _SUBNET.fullmatch(subnet):
                raise ValueError(f"{subnet!r} is no subnet id, such as subnet-0a1b2c3d4e5f60718")
        return value

    @property
    def running_hours_parsed(self) -> RunningHours | None:
        """The hours by the clock; None if it runs all the time."""
        return RunningHours.parse(self.running_hours) if self.running_hours else None

    @property
    def autoscaling(self) -> bool:
        """Whether the number of instances follows the load."""
        return self.autoscaling_max_instance_count > 0
