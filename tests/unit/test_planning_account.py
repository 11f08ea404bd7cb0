"""What the plan asks of AWS: prices and quotas."""

import csv
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from slm.aws import AwsUnavailable
from slm.instances import CATALOG_FILE
from slm.planning.account import endpoint_quota, live_price, live_prices
from slm.planning.answer import answer
from slm.planning.ask import Question
from slm.planning.errors import PlanError
from slm.planning.refresh import refresh_prices
from slm.planning.report import report
from tests.unit.fake_aws import client_error

TODAY = "2026-11-24"


def product(instance: str, dollars: str, unit: str = "Hrs") -> str:
    """A product as the Price List API gives it."""
    dimension = {"unit": unit, "pricePerUnit": {"USD": dollars}}
    return json.dumps(
        {
            "product": {"attributes": {"instanceName": instance}},
            "terms": {"OnDemand": {"term": {"priceDimensions": {"dimension": dimension}}}},
        }
    )


@dataclass
class PriceList:
    """AWS's price list and quotas, two pages each.

    Attributes:
        products: Region -> products.
        failure: What every question raises, if anything.
        filters: What was asked.
    """

    profile: str | None = None
    region: str = "eu-west-2"
    products: dict[str, list[str]] = field(default_factory=dict)
    failure: Exception | None = None
    filters: list[dict[str, str]] = field(default_factory=list)

    @property
    def pricing(self) -> Any:
        return self

    service_quotas = pricing

    def get_paginator(self, operation: str) -> Any:
        return {"get_products": _Pages(self._products), "list_service_quotas": _Pages(_quotas)}[
            operation
        ]

    def _products(self, *, ServiceCode: str, Filters: list[dict[str, str]]) -> Iterator[Any]:
        assert ServiceCode == "AmazonSageMaker"
        if self.failure:
            raise self.failure
        wanted = {each["Field"]: each["Value"] for each in Filters}
        self.filters.append(wanted)
        for text in self.products.get(wanted["regionCode"], []):
            yield {"PriceList": [text]}


@dataclass(frozen=True)
class _Pages:
    ask: Any

    def paginate(self, **arguments: Any) -> Any:
        return self.ask(**arguments)


def _quotas(*, ServiceCode: str) -> Iterator[Any]:
    assert ServiceCode == "sagemaker"
    yield {"Quotas": [{"QuotaName": "something else", "QuotaCode": "L-0", "Value": 9.0}]}
    name = "ml.g5.2xlarge for endpoint usage"
    yield {"Quotas": [{"QuotaName": name, "QuotaCode": "L-9614C779", "Value": 0.0}]}


def question(**options: Any) -> Question:
    return Question(
        **{
            "model": "Qwen/Qwen3-8B",
            "engine": "vllm",
            "region": "",
            "instance": "ml.g5.2xlarge",
            **options,
        }
    )


def test_only_prices_of_hours_count() -> None:
    aws = PriceList(
        products={
            "eu-west-2": [
                product("ml.g5.2xlarge", "1.77"),
                product("ml.g5.xlarge", "0.14", unit="GB-Mo"),
                product("ml.g4dn.xlarge", "0.0"),
            ]
        }
    )
    assert live_prices(aws, "eu-west-2") == {"ml.g5.2xlarge": 1.77}  # type: ignore[arg-type]
    assert aws.filters == [{"component": "Hosting", "regionCode": "eu-west-2"}]


def test_what_is_not_sold_has_no_price() -> None:
    aws = PriceList()
    assert live_price(aws, "ml.p5.48xlarge", "eu-west-2", TODAY) is None  # type: ignore[arg-type]
    assert aws.filters[0]["instanceName"] == "ml.p5.48xlarge"


def test_a_refusal_is_explained() -> None:
    aws = PriceList(failure=client_error("AccessDeniedException", "no pricing:GetProducts"))
    with pytest.raises(AwsUnavailable, match="pricing:GetProducts"):
        live_prices(aws, "us-east-1")  # type: ignore[arg-type]


def test_a_quota_comes_with_the_command_that_asks_for_more() -> None:
    quota = endpoint_quota(PriceList(), "ml.g5.2xlarge")  # type: ignore[arg-type]
    assert quota is not None
    assert quota.request_command(2) == (
        "aws service-quotas request-service-quota-increase --service-code sagemaker "
        "--quota-code L-9614C779 --desired-value 2 --region eu-west-2"
    )
    assert endpoint_quota(PriceList(), "ml.g7.2xlarge") is None  # type: ignore[arg-type]


def test_a_plan_with_todays_price_and_the_quota() -> None:
    aws = PriceList(products={"eu-west-2": [product("ml.g5.2xlarge", "1.77")]})
    found = answer(question(), live_prices=True, quota=True, aws=aws)  # type: ignore[arg-type]
    told = report(found.plan, found.quota)
    assert told["cost_usd"]["hour"] == 1.77
    assert told["price_region"] == "eu-west-2"
    assert told["quota"]["instances"] == 0
    assert "--desired-value 1 " in told["quota"]["request"]


def test_hardware_that_aws_does_not_sell_has_no_price_to_ask_for() -> None:
    with pytest.raises(PlanError, match="--live-prices"):
        answer(question(instance="", gpu="RTX 4090"), live_prices=True)


def test_the_catalog_gets_todays_prices_and_keeps_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "instances.csv"
    shutil.copy(CATALOG_FILE, file)
    aws = PriceList(
        products={
            "us-east-1": [product("ml.g4dn.xlarge", "0.75"), product("ml.x9.new", "1")],
            "eu-west-2": [product("ml.g4dn.xlarge", "0.86")],
        }
    )
    assert refresh_prices(aws, TODAY, file) == [  # type: ignore[arg-type]
        "ml.g4dn.xlarge in us-east-1: 0.7364 -> 0.75",
        "ml.g4dn.xlarge in eu-west-2: unknown -> 0.86",
    ]
    before = CATALOG_FILE.read_text().splitlines()
    after = file.read_text().splitlines()
    assert [a for a, b in zip(after, before, strict=True) if a != b] == [after[1]]
    row = next(csv.DictReader(after))
    assert (row["price_usd_per_hour_us_east_1"], row["price_date"]) == ("0.75", TODAY)
    assert refresh_prices(aws, TODAY, file) == []  # type: ignore[arg-type]
