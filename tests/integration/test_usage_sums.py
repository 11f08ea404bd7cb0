"""What the gateway says each key used, beside what the model counted itself."""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import httpx
import pytest

from slm.keys.local import LocalKeys
from slm.local.apps import serving_apps
from slm.local.database import Database
from slm.local.model_server import ModelServer, ModelState
from slm.settings import Settings
from slm.usage.local import LocalUsage
from slm.usage.summary import summarize
from tests.integration.conftest import PATIENCE_S
from tests.integration.counting_model import CountingModel, has_an_event, prompt
from tests.unit.serving import serving

pytestmark = pytest.mark.anyio

REQUESTS: Final = 1000
CLIENTS: Final = 16
STALLS: Final = (1, 3, 4)
"""Tokens before a silence, each with an event: of one that has none yet nobody can know."""

NAMES: Final = ("ann", "bob", "cyd", "dee", "eve")

SETTINGS: Final = Settings(
    engine="llama.cpp",
    quantize="",
    instance_type="ml.c6i.2xlarge",
    rate_limit=10_000,
    burst_limit=5_000,
    quota=1_000_000,
)


@dataclass
class StubServer:
    """What the twin asks of a model server.

    Attributes:
        url: Where the model is.
    """

    url: str
    api_key: str = "stub"
    state: ModelState = ModelState.READY
    failure: str = ""
    model: Any = field(default_factory=lambda: SimpleNamespace(name="stub"))


@asynccontextmanager
async def twin_before(model: CountingModel, database: Database) -> AsyncIterator[str]:
    """All of the twin's hops before this model; gives the gateway's URL."""
    with socket.socket() as gateway, socket.socket() as sagemaker:
        for listener in (gateway, sagemaker):
            listener.bind(("127.0.0.1", 0))
            listener.listen(CLIENTS)
        urls = ["http://{}:{}".format(*each.getsockname()) for each in (gateway, sagemaker)]
        async with (
            serving(model.app) as (host, port),
            serving_apps(
                SETTINGS,
                cast(ModelServer, StubServer(f"http://{host}:{port}")),
                "the-first-key-of-this-twin",
                database,
                gateway_socket=gateway,
                sagemaker_socket=sagemaker,
                sagemaker_url=urls[1],
            ),
        ):
            yield urls[0]


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    """The gateway's own lines of requests."""
    lines: list[dict[str, Any]] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.__dict__["line"])

    logger, handler = logging.getLogger("slm.gateway"), Keeping()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


async def ask(http: httpx.AsyncClient, number: int, name: str, value: str) -> None:
    """A request: whole or streamed, in either form, or one that is left in its midst."""
    tokens, prompt_tokens = 2 + number % 7, 5 + number % 11
    headers = {"x-api-key": value}
    if number % 5 == 4:
        stall_after = STALLS[number % len(STALLS)]
        text = prompt(name, prompt_tokens=prompt_tokens, tokens=99, stall_after=stall_after)
        await hang_up(http, headers, text, pieces=sum(map(has_an_event, range(stall_after))))
        return
    text = prompt(name, prompt_tokens=prompt_tokens, tokens=tokens)
    body: dict[str, Any] = {"stream": number % 2 == 0}
    if number % 3:
        path, body = "/v1/chat/completions", body | {
            "messages": [{"role": "user", "content": text}]
        }
    else:
        path, body = "/invoke", body | {"prompt": text}
    answer = await http.post(path, json=body, headers=headers)
    assert answer.status_code == 200


async def hang_up(
    http: httpx.AsyncClient, headers: dict[str, str], text: str, *, pieces: int
) -> None:
    """Leave when all that the model says before its silence has come."""
    body = {"stream": True, "messages": [{"role": "user", "content": text}]}
    received = b""
    async with http.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer:
        async for piece in answer.aiter_raw():
            received += piece
            if received.count(b'" a"') == pieces:
                return


async def test_1000_requests_of_5_keys_add_up_to_the_token(tmp_path: Path) -> None:
    model, database = CountingModel(), Database(tmp_path / "slm.sqlite")
    store = LocalKeys(database, SETTINGS.usage_plans())
    values = {name: store.create(name, "default", None).value for name in NAMES}
    waiting = list(range(REQUESTS))
    since = datetime.now(UTC) - timedelta(minutes=1)

    with logged() as lines:
        async with twin_before(model, database) as url:

            async def one_client() -> None:
                async with httpx.AsyncClient(
                    base_url=url, timeout=PATIENCE_S, trust_env=False
                ) as http:
                    while waiting:
                        number = waiting.pop()
                        # 5 and 7 have no common factor with the ways of asking.
                        name = NAMES[number // 7 % len(NAMES)]
                        await ask(http, number, name, values[name])

            await asyncio.gather(*(one_client() for _ in range(CLIENTS)))
            async with asyncio.timeout(PATIENCE_S):
                while len(lines) < REQUESTS:
                    await asyncio.sleep(0.01)

    told = summarize(LocalUsage(database).requests(since), store.names(), usd_per_day=None)
    for what, counted in (
        ("requests", model.requests),
        ("prompt_tokens", model.prompt_tokens),
        ("generated_tokens", model.generated_tokens),
    ):
        assert _sums(told, what) == counted, what
    assert model.requests.total() == REQUESTS
    assert sum(line.partial for line in told) == REQUESTS // 5
    for field_name in ("prompt_tokens", "generated_tokens"):
        assert sum(line[field_name] for line in lines) == _sums(told, field_name).total()


def _sums(lines: list[Any], what: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for line in lines:
        sums[line.key] += getattr(line, what)
    return sums
