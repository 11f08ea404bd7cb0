"""Usage plans: what the keys of each may use."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import aws_apigateway as apigateway

from slm.settings import DEFAULT_PLAN, PlanSettings
from slm.stack_names import usage_plan_name

_PERIODS: Final = {
    "day": apigateway.Period.DAY,
    "week": apigateway.Period.WEEK,
    "month": apigateway.Period.MONTH,
}


def add_usage_plans(
    api: apigateway.RestApi, plans: Mapping[str, PlanSettings], *, stack_name: str
) -> dict[str, apigateway.UsagePlan]:
    """A plan for each, by name.

    Args:
        api: The API that the keys are for.
        plans: Name -> limits.
        stack_name: The plans' names begin with it.
    """
    return {
        name: api.add_usage_plan(
            # The first plan's id is older than the others.
            "UsagePlan" if name == DEFAULT_PLAN else f"UsagePlan-{name}",
            name=usage_plan_name(stack_name, name),
            description=f"Limits of each API key of the plan {name}",
            throttle=apigateway.ThrottleSettings(
                rate_limit=plan.rate_limit, burst_limit=plan.burst_limit
            ),
            quota=apigateway.QuotaSettings(limit=plan.quota, period=_PERIODS[plan.quota_period]),
            api_stages=[apigateway.UsagePlanPerApiStage(api=api, stage=api.deployment_stage)],
        )
        for name, plan in plans.items()
    }
