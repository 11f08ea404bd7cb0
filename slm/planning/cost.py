"""What it costs: the instances, and what stands before them.

Prices of the services beside SageMaker are those of us-east-1 (AWS's pricing pages, 2026-11-24);
other regions differ by some percent.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from slm.instances import Price
from slm.schedule import HOURS_PER_WEEK

if TYPE_CHECKING:
    from slm.settings import Settings

HOURS_PER_MONTH: Final = 730

_API_USD_PER_MILLION: Final = 3.5
_LAMBDA_USD_PER_GB_S: Final = 0.0000133334
"""On arm64."""

_LAMBDA_USD_PER_MILLION: Final = 0.2
_FUNCTION_GB: Final = 0.5
_LOG_USD_PER_GB: Final = 0.5
_LOG_KB_PER_REQUEST: Final = 1.0
_ALARM_USD: Final = 0.1
_ALARMS: Final = 9
_DASHBOARD_USD: Final = 3.0
_WEB_ACL_USD: Final = 6.0
_WEB_ACL_USD_PER_MILLION: Final = 0.6
_VPC_ENDPOINT_USD_PER_HOUR: Final = 0.01
_VPC_ENDPOINTS: Final = 4
_NAT_USD_PER_HOUR: Final = 0.045
"""And $0.045 a GB, which matters only while a model is downloaded."""


@dataclass(frozen=True)
class Cost:
    """US dollars.

    Attributes:
        hour: All instances, while they run.
        day: A day of 24 hours.
        month: The instances of a month of 730 hours, less those in which they are stopped.
        month_least: With the fewest instances that autoscaling keeps.
        month_most: With the most that it may start.
        per_million_tokens: Of answers, at the planned load, instances only.
        rest: Name -> a month of what else the stack has, besides requests.
        per_million_requests: API, function, logs and web ACL, for a million answers of the
            planned length.
    """

    hour: float
    day: float
    month: float
    month_least: float
    month_most: float
    per_million_tokens: float
    rest: dict[str, float]
    per_million_requests: float


@dataclass(frozen=True)
class Usage:
    """How much of the time, and on how many instances.

    Attributes:
        instances: Instances.
        least: Fewest that autoscaling keeps.
        most: Most that it may start.
        share_of_week: Part of the week in which they run.
    """

    instances: int = 1
    least: int = 1
    most: int = 1
    share_of_week: float = 1.0

    @classmethod
    def from_settings(cls, settings: "Settings") -> "Usage":
        """What the settings ask for."""
        hours = settings.running_hours_parsed
        count = settings.initial_instance_count
        scaled = settings.autoscaling
        return cls(
            instances=count,
            least=settings.autoscaling_min_instance_count if scaled else count,
            most=settings.autoscaling_max_instance_count if scaled else count,
            share_of_week=hours.hours_per_week / HOURS_PER_WEEK if hours else 1.0,
        )


def cost(
    price: Price,
    usage: Usage,
    *,
    tokens_per_second: float,
    answer_s: float,
    rest: dict[str, float],
    web_acl: bool,
) -> Cost:
    """Multiply.

    Args:
        price: Of an instance.
        usage: How many, how long.
        tokens_per_second: Throughput of one instance.
        answer_s: How long an answer takes, during which the function is billed.
        rest: What else the stack has: see ``rest_of_stack``.
        web_acl: Whether requests pass a web ACL.
    """
    hours = HOURS_PER_MONTH * usage.share_of_week
    function = answer_s * _FUNCTION_GB * _LAMBDA_USD_PER_GB_S * 1e6 + _LAMBDA_USD_PER_MILLION
    logs = _LOG_KB_PER_REQUEST * 1e6 / 2**20 * _LOG_USD_PER_GB
    return Cost(
        hour=price.usd_per_hour * usage.instances,
        day=price.usd_per_hour * usage.instances * 24,
        month=price.usd_per_hour * usage.instances * hours,
        month_least=price.usd_per_hour * usage.least * hours,
        month_most=price.usd_per_hour * usage.most * hours,
        per_million_tokens=price.usd_per_hour / (tokens_per_second * 3600) * 1e6,
        rest=rest,
        per_million_requests=_API_USD_PER_MILLION
        + function
        + logs
        + (_WEB_ACL_USD_PER_MILLION if web_acl else 0),
    )


def rest_of_stack(settings: "Settings") -> dict[str, float]:
    """What a month of the stack costs besides instances and requests, by name."""
    subnets = len(settings.vpc_subnet_ids)
    parts = {
        "alarms": _ALARMS * _ALARM_USD if settings.alarms else 0.0,
        "dashboard": _DASHBOARD_USD if settings.dashboard else 0.0,
        "web ACL": _WEB_ACL_USD if settings.waf_rate_limit else 0.0,
        "VPC endpoints": (
            _VPC_ENDPOINTS * subnets * _VPC_ENDPOINT_USD_PER_HOUR * HOURS_PER_MONTH
            if settings.vpc_endpoints
            else 0.0
        ),
        "NAT gateway of the VPC, at least one": (
            _NAT_USD_PER_HOUR * HOURS_PER_MONTH if _needs_nat(settings) else 0.0
        ),
    }
    return {name: dollars for name, dollars in parts.items() if dollars}


def _needs_nat(settings: "Settings") -> bool:
    """Whether private subnets must lead out: to the Hub, or to services without an endpoint."""
    closed = settings.vpc_endpoints and bool(settings.model_data_url)
    return bool(settings.vpc_subnet_ids) and not closed
