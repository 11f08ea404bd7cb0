"""What the gateway does about a plan's tokens."""

import logging
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from slm.errors import EndpointUnavailable
from slm.gateway.app import create_app
from slm.gateway.request_log import CONTEXT_HEADER, RequestLog
from slm.gateway.token_budget import Account, TokenBudget, today
from slm.local.token_ledger import LocalLedger
from tests.unit.databases import temporary_database
from tests.unit.fakes import CONFIG, FakeBackend, chunk, client

pytestmark = pytest.mark.anyio

LIMIT = 20
PROMPT_AND_ANSWER = 9
"""Tokens of the fake's answer."""


class Ledger:
    """Counts in memory.

    Attributes:
        plan: Of every key.
        used: Tokens by key.
        broken: Whether it fails.
    """

    def __init__(self, plan: str = "metered") -> None:
        self.plan = plan
        self.used: dict[str, int] = {}
        self.broken = False

    async def account(self, key_id: str, day: str) -> Account:
        if self.broken:
            raise EndpointUnavailable("no table")
        return Account(self.plan, self.used.get(key_id, 0))

    async def add(self, key_id: str, day: str, tokens: int) -> None:
        if self.broken:
            raise EndpointUnavailable("no table")
        self.used[key_id] = self.used.get(key_id, 0) + tokens


def app(ledger: Ledger, backend: FakeBackend | None = None, **config: Any) -> ASGIApp:
    limited = replace(CONFIG, tokens_per_day={"metered": LIMIT}, **config)
    return create_app(limited, backend or FakeBackend(), ledger)


async def ask(asked: ASGIApp, *, key: str = "a", stream: bool = False) -> httpx.Response:
    headers = {CONTEXT_HEADER: f'{{"identity": {{"apiKeyId": "{key}"}}}}'}
    async with client(asked) as http:
        return await http.post("/invoke", json={"prompt": "x", "stream": stream}, headers=headers)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_key_is_let_in_while_it_has_tokens_left(stream: bool) -> None:
    ledger = Ledger()
    asked = app(ledger)
    statuses = [(await ask(asked, stream=stream)).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert ledger.used == {"a": 3 * PROMPT_AND_ANSWER}


async def test_the_refusal_is_openais() -> None:
    ledger = Ledger()
    ledger.used["a"] = LIMIT
    answer = await ask(app(ledger, cors_origins=("https://page",)))
    assert answer.json()["error"]["code"] == "insufficient_quota"
    assert "20 tokens today" in answer.json()["message"]
    assert "midnight UTC" in answer.json()["message"]
    assert answer.headers["x-should-retry"] == "false"
    assert int(answer.headers["retry-after"]) > 0


async def test_each_key_has_its_own() -> None:
    ledger = Ledger()
    ledger.used["a"] = LIMIT
    assert (await ask(app(ledger), key="b")).status_code == 200


async def test_a_plan_without_a_limit_has_none() -> None:
    ledger = Ledger(plan="other")
    ledger.used["a"] = 10 * LIMIT
    assert (await ask(app(ledger))).status_code == 200


async def test_other_routes_cost_nothing() -> None:
    ledger = Ledger()
    ledger.used["a"] = LIMIT
    async with client(app(ledger)) as http:
        assert (await http.get("/v1/models")).status_code == 200
        assert (await http.get("/health")).status_code == 200
    assert ledger.used == {"a": LIMIT}


async def test_what_broke_off_counts_too() -> None:
    ledger = Ledger()
    backend = FakeBackend([chunk("a"), chunk("b"), EndpointUnavailable("gone")])
    await ask(app(ledger, backend), stream=True)
    assert ledger.used == {"a": 2}


async def test_a_request_that_the_model_never_saw_costs_nothing() -> None:
    ledger = Ledger()
    assert (
        await ask(app(ledger, FakeBackend([EndpointUnavailable("stopped")])))
    ).status_code == 503
    assert ledger.used == {}


async def test_a_ledger_that_fails_is_logged_and_lets_in(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Ledger()
    ledger.broken = True
    with caplog.at_level(logging.ERROR):
        assert (await ask(app(ledger))).status_code == 200
    assert [record.getMessage() for record in caplog.records] == [
        "The tokens of key a cannot be checked: no table",
        "9 tokens of key a are not counted: no table",
    ]


async def test_tokens_are_booked_before_the_answer_ends() -> None:
    """Lambda stops a function when its answer is complete."""
    ledger = Ledger()
    seen: list[int] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def watching(message: Any) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                seen.append(ledger.used.get("a", 0))
            await send(message)

        await app(ledger)(scope, receive, watching)

    for stream in (False, True):
        await ask(watched, stream=stream)
    assert seen == [PROMPT_AND_ANSWER, 2 * PROMPT_AND_ANSWER]


async def test_an_app_that_sends_nothing_is_booked_at_its_end() -> None:
    """A client that hangs up on the laptop: the app is cancelled."""
    ledger = Ledger()

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        scope["slm.record"].generated_tokens = 5
        raise ConnectionError

    budget = TokenBudget(silent, limits={"metered": LIMIT}, ledger=ledger)
    with pytest.raises(ConnectionError):
        await ask(RequestLog(budget, model="", metrics_of=""))
    assert ledger.used == {"a": 5}


async def test_the_twins_ledger_counts_in_its_database() -> None:
    ledger = LocalLedger(temporary_database())
    assert await ledger.account("a", "2026-03-14") == Account("default", 0)
    await ledger.add("a", "2026-03-14", 5)
    await ledger.add("a", "2026-03-14", 6)
    assert await ledger.account("a", "2026-03-14") == Account("default", 11)
    assert await ledger.account("a", "2026-03-15") == Account("default", 0)


def test_days_are_named_as_dates() -> None:
    assert len(today()) == len("2026-03-14")
