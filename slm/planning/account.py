"""What only AWS knows: today's prices, and how many instances the account may have."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from slm.aws import explained
from slm.instances import Price

if TYPE_CHECKING:
    from slm.aws import Aws

_SERVICE: Final = "AmazonSageMaker"
_HOURS: Final = "Hrs"
_QUOTA_SERVICE: Final = "sagemaker"


@dataclass(frozen=True)
class Quota:
    """How many instances of a type the account's endpoints may have.

    Attributes:
        name: As Service Quotas calls it.
        code: Its code.
        value: Instances.
        region: Where.
    """

    name: str
    code: str
    value: float
    region: str

    def request_command(self, count: int) -> str:
        """The command that asks AWS for so many."""
        return (
            f"aws service-quotas request-service-quota-increase --service-code {_QUOTA_SERVICE} "
            f"--quota-code {self.code} --desired-value {count} --region {self.region}"
        )


def endpoint_quota(aws: "Aws", instance_type: str) -> Quota | None:
    """The quota of an instance type for endpoints; None if the service knows none.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    name = f"{instance_type} for endpoint usage"
    with explained("the quotas of SageMaker", aws.profile):
        pages = aws.service_quotas.get_paginator("list_service_quotas").paginate(
            ServiceCode=_QUOTA_SERVICE
        )
        for page in pages:
            for quota in page["Quotas"]:
                if quota["QuotaName"] == name:
                    return Quota(name, quota["QuotaCode"], quota["Value"], aws.region)
    return None


def live_prices(aws: "Aws", region: str, instance_type: str = "") -> dict[str, float]:
    """On-demand prices of real-time inference, US dollars an hour, by instance type.

    Products and attributes of the Price List API (``pricing:GetProducts``) have no documented
    form; the filters are those of awslabs/llmeter (``fetch_sm_hosting_od_price``).

    Args:
        aws: The account.
        region: Region whose prices are asked for.
        instance_type: Only this one; empty for all.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    wanted = {"component": "Hosting", "regionCode": region}
    if instance_type:
        wanted["instanceName"] = instance_type
    prices: dict[str, float] = {}
    with explained("prices", aws.profile):
        pages = aws.pricing.get_paginator("get_products").paginate(
            ServiceCode=_SERVICE,
            Filters=[
                {"Type": "TERM_MATCH", "Field": field, "Value": value}
                for field, value in wanted.items()
            ],
        )
        for page in pages:
            for text in page["PriceList"]:
                product = json.loads(text)
                name = product["product"]["attributes"].get("instanceName", "")
                for dollars in _hourly_prices(product):
                    prices[name] = dollars
    return prices


def live_price(aws: "Aws", instance_type: str, region: str, today: str) -> Price | None:
    """An instance's price of today; None where AWS sells none there.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    dollars = live_prices(aws, region, instance_type).get(instance_type)
    return Price(dollars, today, region) if dollars else None


def _hourly_prices(product: dict[str, Any]) -> Iterator[float]:
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            dollars = float(dimension["pricePerUnit"].get("USD", 0))
            if dimension["unit"] == _HOURS and dollars > 0:
                yield dollars
