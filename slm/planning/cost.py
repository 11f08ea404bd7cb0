"""What it costs: the instances, and what stands before them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from slm import service_prices
from slm.instances import Price
from slm.schedule import HOURS_PER_WEEK

if TYPE_CHECKING:
    from slm.settings import Settings

HOURS_PER_MONTH: Final = 730

ALARM_METRICS: Final = 10
"""What the alarms of a GPU endpoint read that runs around the clock."""

VPC_ENDPOINTS: Final = 4
"""In each subnet, where the settings ask for them."""

_FUNCTION_GB: Final = 0.5
_LOG_KB_PER_REQUEST: Final = 1.0


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
    rest: Mapping[str, float]
    per_million_requests: float


@dataclass(frozen=True)
class Deployment:
    """What of a stack decides about its cost.

    Attributes:
        instances: Instances.
        least: Fewest that autoscaling keeps.
        most: Most that it may start.
        share_of_week: Part of the week in which they run.
        rest: Name -> US dollars a month of what else it has, besides requests.
        web_acl: Whether requests pass a web ACL.
    """

    instances: int = 1
    least: int = 1
    most: int = 1
    share_of_week: float = 1.0
    rest: Mapping[str, float] = field(default_factory=dict)
    web_acl: bool = False

    @classmethod
    def from_settings(cls, settings: "Settings") -> "Deployment":
        """What the settings ask for."""
        hours = settings.running_hours_parsed
        count = settings.initial_instance_count
        scaled = settings.autoscaling
        return cls(
            instances=count,
            least=settings.autoscaling_min_instance_count if scaled else count,
            most=settings.autoscaling_max_instance_count if scaled else count,
            share_of_week=hours.hours_per_week / HOURS_PER_WEEK if hours else 1.0,
            rest=_rest_of_stack(settings),
            web_acl=bool(settings.waf_rate_limit),
        )


def cost(
    price: Price, deployment: Deployment, *, tokens_per_second: float, answer_s: float
) -> Cost:
    """What a deployment costs at a load.

    Args:
        price: Of an instance.
        deployment: How many instances, how much of the time, and what is around them.
        tokens_per_second: Throughput of one instance.
        answer_s: How long an answer takes, during which the function is billed.
    """
    hours = HOURS_PER_MONTH * deployment.share_of_week
    hour = price.usd_per_hour * deployment.instances
    per_million_requests = (
        service_prices.API_USD_PER_MILLION_REQUESTS
        + service_prices.LAMBDA_USD_PER_MILLION_REQUESTS
        + service_prices.LAMBDA_USD_PER_GB_S * _FUNCTION_GB * answer_s * 1e6
        + service_prices.LOG_USD_PER_GB * _LOG_KB_PER_REQUEST * 1e6 / 2**20
    )
    if deployment.web_acl:
        per_million_requests += service_prices.WEB_ACL_USD_PER_MILLION_REQUESTS
    return Cost(
        hour=hour,
        day=hour * 24,
        month=hour * hours,
        month_least=price.usd_per_hour * deployment.least * hours,
        month_most=price.usd_per_hour * deployment.most * hours,
        per_million_tokens=price.usd_per_hour / (tokens_per_second * 3600) * 1e6,
        rest=deployment.rest,
        per_million_requests=per_million_requests,
    )


def _rest_of_stack(settings: "Settings") -> dict[str, float]:
    """What a month of the stack costs besides instances and requests, by name."""
    endpoints = VPC_ENDPOINTS * len(settings.vpc_subnet_ids) if settings.vpc_endpoints else 0
    parts = {
        "alarms": ALARM_METRICS * service_prices.ALARM_USD_PER_MONTH if settings.alarms else 0,
        "dashboard": service_prices.DASHBOARD_USD_PER_MONTH if settings.dashboard else 0,
        "web ACL": service_prices.WEB_ACL_USD_PER_MONTH if settings.waf_rate_limit else 0,
        "VPC endpoints": endpoints * service_prices.VPC_ENDPOINT_USD_PER_HOUR * HOURS_PER_MONTH,
        "NAT gateway of the VPC, at least one": (
            service_prices.NAT_GATEWAY_USD_PER_HOUR * HOURS_PER_MONTH if _needs_nat(settings) else 0
        ),
    }
    return {name: float(dollars) for name, dollars in parts.items() if dollars}


def _needs_nat(settings: "Settings") -> bool:
    """Whether private subnets must lead out: to the Hub, or to services without an endpoint."""
    closed = settings.vpc_endpoints and bool(settings.model_data_url)
    return bool(settings.vpc_subnet_ids) and not closed
