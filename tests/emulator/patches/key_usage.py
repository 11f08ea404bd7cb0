"""What a plan's keys have used, for ``GetUsage``.

https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ministack.services import apigateway_v1


def apply() -> None:
    """Answer ``GET /usageplans/{id}/usage`` from the quota's own counters."""
    serve = apigateway_v1.handle_request

    async def serve_usage_too(
        method: str,
        path: str,
        headers: dict[str, Any],
        body: bytes,
        query: dict[str, Any],
    ) -> Any:
        match path.strip("/").split("/"):
            case ["usageplans", plan_id, "usage"] if method == "GET":
                return _usage(plan_id, query)
        return await serve(method, path, headers, body, query)

    apigateway_v1.handle_request = serve_usage_too


def _usage(plan_id: str, query: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """One ``[used, remaining]`` for each day and key. The counters know today only: the days
    before it are empty.
    """
    plan = apigateway_v1._usage_plans.get(plan_id)
    if plan is None:
        return apigateway_v1._v1_error(
            "NotFoundException", "Invalid Usage Plan identifier specified", 404
        )
    first, last = (date.fromisoformat(query[name][0]) for name in ("startDate", "endDate"))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    today = datetime.now(UTC).date()
    limit = int(plan.get("quota", {}).get("limit") or 0)
    wanted = query.get("keyId", [None])[0]
    items = {
        key_id: [
            [used, max(limit - used, 0)]
            for used in (_used(plan_id, key_id) if day == today else 0 for day in days)
        ]
        for key_id in apigateway_v1._usage_plan_keys.get(plan_id, {})
        if wanted in (None, key_id)
    }
    answer = {
        "usagePlanId": plan_id,
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
        "values": items,
    }
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def _used(plan_id: str, key_id: str) -> int:
    used, _since = apigateway_v1._quota_state.get((plan_id, key_id), (0, 0.0))
    return int(used)
