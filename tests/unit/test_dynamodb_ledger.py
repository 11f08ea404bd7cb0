"""Tokens in DynamoDB: what is asked of it, and what its answers mean."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from slm.errors import EndpointUnavailable
from slm.gateway.dynamodb_ledger import PLAN, DynamoDbLedger
from slm.gateway.token_budget import Account, tokens_period
from tests.unit.serving import serving

pytestmark = pytest.mark.anyio

TABLE: Final = "Stack-tokens"
DAY: Final = "2026-03-14"


class FakeDynamoDb:
    """As much of DynamoDB as is asked, by API_BatchGetItem and API_UpdateItem.

    Attributes:
        items: Key id and period -> item.
        unprocessed: Whether BatchGetItem leaves keys for later.
    """

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.unprocessed = False
        self.app: Final = Starlette(routes=[Route("/", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> JSONResponse:
        assert "/dynamodb/aws4_request" in request.headers["authorization"]
        assert request.headers["content-type"] == "application/x-amz-json-1.0"
        asked = json.loads(await request.body())
        version, _, operation = request.headers["x-amz-target"].partition(".")
        assert version == "DynamoDB_20120810"
        if operation == "BatchGetItem":
            return self._batch_get(asked["RequestItems"])
        assert operation == "UpdateItem"
        return self._update(asked)

    def _batch_get(self, asked: dict[str, Any]) -> JSONResponse:
        ((table, question),) = asked.items()
        if table != TABLE:
            fields = {
                "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                "message": "Requested resource not found",
            }
            return JSONResponse(fields, 400)
        assert question["ConsistentRead"] is True
        if self.unprocessed:
            return JSONResponse({"Responses": {}, "UnprocessedKeys": asked})
        keys = [(key["key_id"]["S"], key["period"]["S"]) for key in question["Keys"]]
        found = [self.items[key] for key in keys if key in self.items]
        return JSONResponse({"Responses": {TABLE: found}, "UnprocessedKeys": {}})

    def _update(self, asked: dict[str, Any]) -> JSONResponse:
        assert asked["TableName"] == TABLE
        assert asked["UpdateExpression"] == (
            "ADD #tokens :tokens SET #ends = if_not_exists(#ends, :ends)"
        )
        names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
        key = asked["Key"]
        item = self.items.setdefault((key["key_id"]["S"], key["period"]["S"]), dict(key))
        before = int(item.get(names["#tokens"], {"N": "0"})["N"])
        item[names["#tokens"]] = {"N": str(before + int(values[":tokens"]["N"]))}
        item.setdefault(names["#ends"], values[":ends"])
        return JSONResponse({})


@asynccontextmanager
async def ledger(fake: FakeDynamoDb, table: str = TABLE) -> AsyncIterator[DynamoDbLedger]:
    async with serving(fake.app) as (host, port):
        yield DynamoDbLedger.from_environment(
            table,
            {
                "AWS_REGION": "eu-west-2",
                "AWS_ENDPOINT_URL_DYNAMODB": f"http://{host}:{port}",
                "AWS_ACCESS_KEY_ID": "id",
                "AWS_SECRET_ACCESS_KEY": "secret",
            },
        )


async def test_a_key_without_an_entry_is_of_the_default_plan() -> None:
    async with ledger(FakeDynamoDb()) as tokens:
        assert await tokens.account("a", DAY) == Account("default", 0)


async def test_plan_and_tokens_come_in_one_answer() -> None:
    fake = FakeDynamoDb()
    fake.items["a", PLAN] = {"plan": {"S": "batch"}}
    fake.items["a", tokens_period(DAY)] = {"tokens": {"N": "42"}}
    fake.items["b", tokens_period(DAY)] = {"tokens": {"N": "7"}}
    async with ledger(fake) as tokens:
        assert await tokens.account("a", DAY) == Account("batch", 42)
        assert await tokens.account("a", "2026-03-15") == Account("batch", 0)


async def test_tokens_add_up_and_end_some_day() -> None:
    fake = FakeDynamoDb()
    async with ledger(fake) as tokens:
        await tokens.add("a", DAY, 5)
        ends = fake.items["a", tokens_period(DAY)]["ends"]
        await tokens.add("a", DAY, 6)
        assert await tokens.account("a", DAY) == Account("default", 11)
    assert fake.items["a", tokens_period(DAY)]["ends"] == ends


@pytest.mark.parametrize("table", ["other", TABLE])
async def test_what_dynamodb_does_not_answer_is_one_of_our_errors(table: str) -> None:
    fake = FakeDynamoDb()
    fake.unprocessed = True
    async with ledger(fake, table) as tokens:
        with pytest.raises(EndpointUnavailable, match="DynamoDB"):
            await tokens.account("a", DAY)


async def test_a_dynamodb_that_is_not_there_is_one_of_our_errors() -> None:
    async with ledger(FakeDynamoDb()) as tokens:
        pass
    with pytest.raises(EndpointUnavailable, match="DynamoDB"):
        await tokens.add("a", DAY, 1)
