"""A stack's usage plans in API Gateway, and the keys in each."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from slm.aws import Aws, explained
from slm.keys.store import no_such_plan
from slm.keys.tagged import PAGES, tagged_plans
from slm.settings import PlanSettings
from slm.stack_names import usage_plan_name

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import UsagePlanTypeDef


class UsagePlans:
    """The usage plans as they are deployed, whatever the settings say now.

    Args:
        aws: The account.
        stack: Name of the stack.
    """

    def __init__(self, aws: Aws, stack: str) -> None:
        self._aws = aws
        self._stack = stack

    @cached_property
    def _deployed(self) -> Mapping[str, "UsagePlanTypeDef"]:
        prefix = usage_plan_name(self._stack, "")
        with explained("the usage plans"):
            return {
                plan["name"].removeprefix(prefix): plan
                for plan in tagged_plans(self._aws, self._stack)
            }

    def check(self, plan: str) -> None:
        """Refuse a plan that is not there.

        Raises:
            KeyRefused: There is no such plan.
            AwsUnavailable: AWS cannot be asked.
        """
        self._found(plan)

    def of_keys(self) -> dict[str, str]:
        """Key id -> plan, of all keys in any plan.

        Raises:
            AwsUnavailable: AWS cannot be asked.
        """
        pages = self._aws.apigateway.get_paginator("get_usage_plan_keys")
        with explained("the keys of the usage plans"):
            return {
                key["id"]: name
                for name, plan in self._deployed.items()
                for page in pages.paginate(usagePlanId=plan["id"], PaginationConfig=PAGES)
                for key in page["items"]
            }

    def add(self, key_id: str, plan: str) -> None:
        """Put a key into a plan. A key is in one plan of an API at most, so it must be in none.

        Raises:
            KeyRefused: There is no such plan.
            AwsUnavailable: AWS refuses.
        """
        plan_id = self._found(plan)["id"]
        with explained(f"usage plan {plan}"):
            self._aws.apigateway.create_usage_plan_key(
                usagePlanId=plan_id, keyId=key_id, keyType="API_KEY"
            )

    def remove(self, key_id: str, plan: str) -> None:
        """Take a key out of a plan; it is refused then, until it is in another.

        Raises:
            KeyRefused: There is no such plan.
            AwsUnavailable: AWS refuses.
        """
        plan_id = self._found(plan)["id"]
        with explained(f"usage plan {plan}"):
            self._aws.apigateway.delete_usage_plan_key(usagePlanId=plan_id, keyId=key_id)

    def limits(self, plan: str, *, tokens_per_day: int) -> PlanSettings:
        """What the keys of a plan may use.

        Args:
            plan: Its name.
            tokens_per_day: Which API Gateway does not know of.

        Raises:
            KeyRefused: There is no such plan.
            AwsUnavailable: AWS cannot be asked.
        """
        found = self._found(plan)
        throttle, quota = found["throttle"], found["quota"]
        return PlanSettings.model_validate(
            {
                "rate_limit": throttle["rateLimit"],
                "burst_limit": throttle["burstLimit"],
                "quota": quota["limit"],
                "quota_period": quota["period"].lower(),
                "tokens_per_day": tokens_per_day,
            }
        )

    def requests_left(self, key_id: str, plan: str) -> int | None:
        """Of a key's quota in the running period; None if API Gateway does not tell.

        For a week or a month that is what was left at the end of the last day that it tells of.

        Raises:
            KeyRefused: There is no such plan.
            AwsUnavailable: AWS cannot be asked.
        """
        day = f"{datetime.now(UTC):%Y-%m-%d}"
        with explained(f"the usage of API key {key_id}"):
            usage = self._aws.apigateway.get_usage(
                usagePlanId=self._found(plan)["id"], keyId=key_id, startDate=day, endDate=day
            )
        # For each day: used, remaining.
        days = usage.get("items", {}).get(key_id)
        return max(days[-1][1], 0) if days else None

    def _found(self, plan: str) -> "UsagePlanTypeDef":
        try:
            return self._deployed[plan]
        except KeyError:
            raise no_such_plan(plan, list(self._deployed)) from None
