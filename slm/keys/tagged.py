"""Keys and usage plans that carry a stack's tag: API Gateway lists those of all stacks together."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from slm.aws import Aws
from slm.stack_names import STACK_TAG

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import (
        ApiKeyTypeDef,
        PaginatorConfigTypeDef,
        UsagePlanTypeDef,
    )

PAGES: Final["PaginatorConfigTypeDef"] = {"PageSize": 500}
"""As much as API Gateway gives at once; it takes few calls a second."""


def tagged_keys(aws: Aws, stack: str) -> "Iterator[ApiKeyTypeDef]":
    """A stack's API keys, the template's own included; to be read within ``explained``."""
    for page in aws.apigateway.get_paginator("get_api_keys").paginate(PaginationConfig=PAGES):
        for key in page["items"]:
            if key.get("tags", {}).get(STACK_TAG) == stack:
                yield key


def tagged_plans(aws: Aws, stack: str) -> "Iterator[UsagePlanTypeDef]":
    """A stack's usage plans; to be read within ``explained``.

    By tag: another stack's name, and so its plans', may begin like this one's.
    """
    for page in aws.apigateway.get_paginator("get_usage_plans").paginate(PaginationConfig=PAGES):
        for plan in page["items"]:
            if plan.get("tags", {}).get(STACK_TAG) == stack:
                yield plan
