"""Tokens of each key in a DynamoDB table, which all instances of the function share.

========  =====================  =============================================
key_id    period                 other attributes
========  =====================  =============================================
a key     ``plan``               ``plan``: its usage plan
a key     ``tokens 2026-11-24``  ``tokens``: used that day; ``ends``: when DynamoDB may forget it
========  =====================  =============================================

API Gateway tells the function a key's id but not its plan, and to ask for it at each request would
take a permission on the whole control plane of API Gateway, and its few calls a second. So ``slm
keys`` writes the plan here. A key without an entry is of the default plan.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from slm.errors import EndpointUnavailable
from slm.gateway.aws_environment import credential_source, endpoint_url, region_of, tls_context
from slm.gateway.aws_service import AwsError, AwsService, read_all
from slm.gateway.aws_signature import Scope
from slm.gateway.http_client import HttpClient, Origin
from slm.gateway.http_connection import HttpError
from slm.gateway.token_budget import Account, tokens_period

KEY_ID: Final = "key_id"
PERIOD: Final = "period"
ENDS: Final = "ends"
"""Names of attributes that the table's definition needs too."""

PLAN: Final = "plan"
"""Period of the entry that tells a key's plan, and the attribute that does."""

DEFAULT_PLAN: Final = "default"

TOKENS: Final = "tokens"
"""Attribute of the entry that counts."""

_DAYS_KEPT: Final = 35
_TIMEOUT_S: Final = 2
"""A request waits for the ledger: it must not wait long for one that is not there."""

_MAX_ANSWER_BYTES: Final = 64 * 1024


class DynamoDbLedger:
    """See ``TokenLedger``.

    Args:
        table: Name of the table.
        service: The service ``dynamodb``.
    """

    def __init__(self, table: str, service: AwsService) -> None:
        self._table = table
        self._service = service

    @classmethod
    def from_environment(
        cls, table: str, environment: Mapping[str, str] = os.environ
    ) -> "DynamoDbLedger":
        """With the region, endpoint URL and credentials that AWS's SDKs would find."""
        service = AwsService(
            Origin.of(endpoint_url("DYNAMODB", "dynamodb", environment)),
            Scope(region_of(environment), "dynamodb"),
            credential_source(environment),
            HttpClient(connect_timeout_s=_TIMEOUT_S, read_timeout_s=_TIMEOUT_S, tls=tls_context),
        )
        return cls(table, service)

    async def account(self, key_id: str, day: str) -> Account:
        """See ``TokenLedger``."""
        keys = [_key(key_id, period) for period in (PLAN, tokens_period(day))]
        asked = {"RequestItems": {self._table: {"Keys": keys, "ConsistentRead": True}}}
        answer = await self._call("BatchGetItem", asked)
        if answer.get("UnprocessedKeys"):
            raise EndpointUnavailable("DynamoDB left the question unanswered")
        plan, used = DEFAULT_PLAN, 0
        for item in answer["Responses"].get(self._table, ()):
            if PLAN in item:
                plan = item[PLAN]["S"]
            if TOKENS in item:
                used = int(item[TOKENS]["N"])
        return Account(plan, used)

    async def add(self, key_id: str, day: str, tokens: int) -> None:
        """See ``TokenLedger``."""
        ends = datetime.now(UTC) + timedelta(days=_DAYS_KEPT)
        asked = {
            "TableName": self._table,
            "Key": _key(key_id, tokens_period(day)),
            "UpdateExpression": "ADD #tokens :tokens SET #ends = if_not_exists(#ends, :ends)",
            "ExpressionAttributeNames": {"#tokens": TOKENS, "#ends": ENDS},
            "ExpressionAttributeValues": {
                ":tokens": {"N": str(tokens)},
                ":ends": {"N": str(round(ends.timestamp()))},
            },
        }
        await self._call("UpdateItem", asked)

    async def _call(self, operation: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"DynamoDB_20120810.{operation}",
        }
        try:
            async with self._service.post("/", headers, json.dumps(asked).encode()) as answer:
                content = await read_all(answer, max_bytes=_MAX_ANSWER_BYTES)
            found: dict[str, Any] = json.loads(content)
        except (AwsError, HttpError, ValueError) as error:
            raise EndpointUnavailable(f"DynamoDB, table {self._table}: {error}") from error
        return found


def _key(key_id: str, period: str) -> dict[str, Any]:
    return {KEY_ID: {"S": key_id}, PERIOD: {"S": period}}
