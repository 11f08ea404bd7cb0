"""What a stack costs while its endpoint runs, and what is left to pay while it does not.

Prices of the smaller things are those of us-east-1 (AWS's pages "Amazon CloudWatch pricing",
"AWS WAF pricing", "AWS PrivateLink pricing", "AWS KMS pricing", 2026-11-24).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from slm.instances import price_of
from slm.settings import Settings

_ALARM_USD_PER_MONTH: Final = 0.10
_DASHBOARD_USD_PER_MONTH: Final = 3
_WAF_USD_PER_MONTH: Final = 6
"""A web ACL with one rule, before requests."""

_ENDPOINT_USD_PER_HOUR: Final = 0.01
"""A VPC interface endpoint in one zone, before data."""


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
    zones = len(settings.vpc_subnet_ids)
    costs = {
        f"alarms, ${_ALARM_USD_PER_MONTH:.2f} a month each": settings.alarms,
        f"the dashboard, ${_DASHBOARD_USD_PER_MONTH} a month beyond an account's first three": (
            settings.dashboard
        ),
        f"the web ACL, ${_WAF_USD_PER_MONTH} a month": settings.waf_rate_limit > 0,
        f"VPC endpoints, ${_ENDPOINT_USD_PER_HOUR * zones:.2f} an hour each": (
            settings.vpc_endpoints
        ),
        "stored logs, $0.03 per GB and month": True,
    }
    return tuple(words for words, applies in costs.items() if applies)
