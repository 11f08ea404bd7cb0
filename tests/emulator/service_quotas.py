"""Service Quotas' answers about SageMaker's instances; moto and ministack have none.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/Welcome.html
"""

import json
from functools import cache
from typing import Any, Final

import botocore.session

from tests.emulator import quotas

_LISTS: Final = ("ListServiceQuotas", "ListAWSDefaultServiceQuotas")
_ONES: Final = ("GetServiceQuota", "GetAWSDefaultServiceQuota")
_PAGE: Final = 100


def answer(target: str, body: bytes) -> tuple[int, dict[str, Any]]:
    """Status and body of one call.

    Args:
        target: Header ``x-amz-target``.
        body: The request's JSON.
    """
    operation, request = target.rpartition(".")[2], json.loads(body or b"{}")
    if request.get("ServiceCode") != quotas.SERVICE_CODE:
        return _no_such("service")
    if operation in _LISTS:
        return 200, _page(request)
    if operation in _ONES:
        found = [q for q in _all() if q["QuotaCode"] == request["QuotaCode"]]
        return (200, {"Quota": found[0]}) if found else _no_such("quota")
    return 400, {"__type": "UnknownOperationException", "Message": operation}


def _page(request: dict[str, Any]) -> dict[str, Any]:
    start, size = int(request.get("NextToken") or 0), int(request.get("MaxResults") or _PAGE)
    chosen = _all()[start : start + size]
    end = start + len(chosen)
    more = {"NextToken": str(end)} if end < len(_all()) else {}
    return {"Quotas": list(chosen)} | more


@cache
def _all() -> tuple[dict[str, Any], ...]:
    """One for each instance type that SageMaker's API has for endpoints."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    types = model.shape_for("ProductionVariantInstanceType").enum
    return tuple(quotas.described(instance_type) for instance_type in sorted(types))


def _no_such(what: str) -> tuple[int, dict[str, Any]]:
    message = f"The request failed because the specified {what} does not exist."
    return 400, {"__type": "NoSuchResourceException", "Message": message}
