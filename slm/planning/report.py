"""A plan as one JSON object: the contract of ``slm plan --json``."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from slm.planning.plan import Plan
from slm.planning.speed import Range

if TYPE_CHECKING:
    from slm.planning.account import Quota


def report(plan: Plan, quota: "Quota | None" = None) -> dict[str, Any]:
    """All of a plan. Figures of speed are null where the engine refuses.

    Args:
        plan: The plan.
        quota: Of the account, if it was asked for.
    """
    request, speed, cost, price = plan.request, plan.speed, plan.cost, plan.price
    return {
        "fits": plan.fits,
        "reason": plan.reason,
        "obstacle": plan.obstacle or None,
        "model": request.shape.name,
        "unknown": request.unknown or None,
        "parameters_billion": round(request.shape.parameters / 1e9, 4),
        "engine": request.engine,
        "quantize": request.fmt.name,
        "instance_type": request.instance_type or None,
        "gpu": request.gpus.name,
        "gpus": request.gpus.count,
        "context": request.context,
        "load": asdict(request.load),
        "memory_gib": {
            "weights": round(plan.memory.weights, 3),
            "kv_cache": round(plan.memory.kv_cache, 3),
            "activations": round(plan.memory.activations, 3),
            "overhead": round(plan.memory.overhead, 3),
            "available": round(plan.memory.available, 3),
        },
        "kv_tokens": plan.memory.kv_tokens,
        "max_concurrent_requests": plan.max_concurrent_requests,
        "host_memory_gib": round(plan.host_memory_gib, 1),
        "download_gib": round(plan.download_gib, 1),
        "decode_tokens_per_second": _range(speed.decode_tokens_per_second) if speed else None,
        "throughput_tokens_per_second": (
            _range(speed.throughput_tokens_per_second) if speed else None
        ),
        "time_to_first_token_s": _range(speed.time_to_first_token_s) if speed else None,
        "burst_first_token_s": _range(speed.burst_first_token_s) if speed else None,
        "answer_s": speed and round(speed.answer_s, 2),
        "cost_usd": cost
        and {
            "hour": round(cost.hour, 4),
            "day": round(cost.day, 2),
            "month": round(cost.month, 2),
            "month_least": round(cost.month_least, 2),
            "month_most": round(cost.month_most, 2),
            "per_million_tokens": round(cost.per_million_tokens, 3),
            "per_million_requests": round(cost.per_million_requests, 2),
            "rest_per_month": cost.rest,
        },
        "price_date": price and price.date,
        "price_region": price and price.region,
        "quota": quota
        and {
            "name": quota.name,
            "instances": quota.value,
            "request": quota.request_command(int(quota.value) + 1),
        },
        "assumed": list(request.assumed),
        "advice": list(plan.advice),
    }


def _range(value: Range) -> dict[str, float]:
    return {name: float(f"{figure:.4g}") for name, figure in asdict(value).items()}
