"""A local API Gateway with one key, a clock that stands still, and an app that keeps requests."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slm.gateway_responses import GATEWAY_RESPONSES, body_text
from slm.keys.local import LocalKeys
from slm.keys.store import new_key_value
from slm.local.api_gateway import ApiGateway
from slm.local.api_keys import ApiKeys
from slm.local.database import Database
from slm.local.quotas import Quotas
from slm.settings import DEFAULT_PLAN, Settings
from tests.unit.databases import temporary_database
from tests.unit.fake_clock import FakeClock
from tests.unit.serving import PATIENCE_S

SETTINGS = Settings(
    rate_limit=2, burst_limit=5, quota=20, keyless_rate_limit=1, keyless_burst_limit=3
)


@dataclass
class Reached:
    """A request that got through to the app."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def context(self) -> dict[str, Any]:
        (value,) = (v for n, v in self.headers if n == "x-amzn-request-context")
        parsed: dict[str, Any] = json.loads(value)
        return parsed


@dataclass
class RecordingApp:
    """Answers 200 and keeps what reached it."""

    reached: list[Reached] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        assert not message["more_body"]
        headers = [(n.decode(), v.decode("latin-1")) for n, v in scope["headers"]]
        self.reached.append(Reached(scope["method"], scope["path"], headers, message["body"]))
        start: Message = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"2")],
        }
        await send(start)
        await send({"type": "http.response.body", "body": b"ok"})


@dataclass
class Stage:
    """A gateway with one key, the app behind it, and the time."""

    settings: Settings = SETTINGS
    app: ASGIApp | None = None
    body_timeout_s: float = PATIENCE_S

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        plans = self.settings.usage_plans()
        self.database = temporary_database()
        # As another process does it: a change of one's own connection is not looked for.
        self.writer = Database(self.database.file)
        self.store = LocalKeys(self.writer, plans, lambda: self.clock.now().timestamp())
        self.keys = ApiKeys(self.database, plans, lambda: self.clock.now().timestamp())
        self.key = new_key_value()
        self.record = self.store.adopt(self.key, name="test", plan=DEFAULT_PLAN)
        self.recording = RecordingApp()
        self.gateway = ApiGateway(
            self.app or self.recording,
            settings=self.settings,
            keys=self.keys,
            quotas=Quotas(self.database),
            clock=self.clock,
            body_timeout_s=self.body_timeout_s,
        )

    async def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.gateway, client=("203.0.113.9", 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **options)

    async def invoke(self, **options: Any) -> httpx.Response:
        """A request that passes unless ``options`` say otherwise."""
        options.setdefault("headers", {"x-api-key": self.key})
        return await self.request("POST", "/invoke", **options)


def assert_refused(answer: httpx.Response, response_type: str) -> None:
    """The answer's body is that gateway response's, byte by byte."""
    assert answer.text == body_text(GATEWAY_RESPONSES[response_type])
