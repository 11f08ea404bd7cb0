"""What a stack costs while its endpoint runs, and what is left to pay while it does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from slm import service_prices
from slm.instances import price_of
from slm.settings import Settings


@dataclass(frozen=True)
class FleetCost:
    """What an hour of a fleet costs.

    Attributes:
        instance_type: Its instances.
        instance_count: How many.
        usd_per_hour: For all of them; None where the catalog has no price.
        source: Region and date of the price; empty without one.
    """

    instance_type: str
    instance_count: int
    usd_per_hour: float | None
    source: str

    def __str__(self) -> str:
        """In words."""
        fleet = f"{self.instance_count} x {self.instance_type}"
        if self.usd_per_hour is None:
            return f"{fleet}, price not in the catalog"
        return f"${self.usd_per_hour:.2f} an hour ({fleet}, price of {self.source})"

    def since(self, start: datetime, now: datetime) -> float | None:
        """Dollars since a time, had it been the same all along; None without a price."""
        if self.usd_per_hour is None:
            return None
        return self.usd_per_hour * (now - start).total_seconds() / 3600


def fleet_cost(instance_type: str, instance_count: int, region: str) -> FleetCost:
    """What an hour of a fleet costs in a region."""
    price = price_of(instance_type, region)
    if price is None:
        return FleetCost(instance_type, instance_count, None, "")
    return FleetCost(
        instance_type,
        instance_count,
        price.usd_per_hour * instance_count,
        f"{price.region}, {price.date}",
    )


def costs_while_stopped(settings: Settings) -> tuple[str, ...]:
    """What is still billed while there is no endpoint; requests are not counted."""
    return tuple(_costs_while_stopped(settings))


def _costs_while_stopped(settings: Settings) -> Iterator[str]:
    if settings.alarms:
        alarm = service_prices.ALARM_USD_PER_MONTH
        yield f"alarms, ${alarm:.2f} a month for each metric that they read"
    if settings.dashboard:
        dashboard = service_prices.DASHBOARD_USD_PER_MONTH
        yield f"the dashboard, ${dashboard} a month beyond an account's first three"
    if settings.waf_rate_limit:
        yield f"the web ACL, ${service_prices.WEB_ACL_USD_PER_MONTH} a month"
    if settings.vpc_endpoints:
        endpoint = service_prices.VPC_ENDPOINT_USD_PER_HOUR * len(settings.vpc_subnet_ids)
        yield f"VPC endpoints, ${endpoint:.2f} an hour each"
    yield f"stored logs, ${service_prices.STORED_LOG_USD_PER_GB_MONTH} per GB and month"
