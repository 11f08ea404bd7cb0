"""Does an API do what it should: a few requests, each with its answer checked."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from slm.client import Target
from slm.errors import SlmError
from slm.gateway.sse import EventSplitter, data_of
from slm.limits import MAX_BODY_BYTES
from slm.routes import CHAT_COMPLETIONS, HEALTH, INVOKE, MODELS, OPENAPI, PLAYGROUND

_TOKENS: Final = 16
_PROMPT: Final = "What is the capital of France?"

_MANY_TOKENS: Final = 256
_LONG_PROMPT: Final = "Write the numbers from one to one hundred as words."


@dataclass(frozen=True)
class CheckResult:
    """What came of a check.

    Attributes:
        name: What was checked.
        passed: Whether it is as it should be.
        detail: What came, in a few words.
        seconds: How long it took.
    """

    name: str
    passed: bool
    detail: str
    seconds: float


@dataclass(frozen=True)
class _Events:
    """What came of a stream.

    Attributes:
        pieces: In how many pieces the events came.
        count: How many they are.
        seconds: From the first to the end.
    """

    pieces: int
    count: int
    seconds: float


class _Unexpected(Exception):
    """The answer is not what it should be."""


class SmokeTest:
    """The checks of one API.

    Args:
        target: The API and a key.
        client: What sends the requests.
    """

    def __init__(self, target: Target, client: httpx.AsyncClient) -> None:
        self._target = target
        self._client = client
        self.checks: Final[tuple[tuple[str, Callable[[], Awaitable[str]]], ...]] = (
            ("health", self._health),
            ("playground", self._playground),
            ("description", self._description),
            ("no key is refused", self._no_key),
            ("a wrong key is refused", self._wrong_key),
            ("two different keys are refused", self._two_keys),
            ("key as x-api-key", self._invoke),
            ("key as bearer token", self._models),
            ("stream of events", self._stream),
            ("chat completion", self._chat),
            ("error for a bad request", self._bad_request),
            ("error for a large body", self._large_body),
            ("error for an unknown path", self._unknown_path),
        )

    async def run(self, name: str, check: Callable[[], Awaitable[str]]) -> CheckResult:
        """Make one check."""
        started = time.monotonic()
        try:
            detail, passed = await check(), True
        except (_Unexpected, SlmError, ValueError, KeyError) as error:
            detail, passed = str(error) or type(error).__name__, False
        except httpx.HTTPError as error:
            detail, passed = f"{type(error).__name__}: {error}", False
        return CheckResult(name, passed, detail, round(time.monotonic() - started, 3))

    async def _get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self._client.get(self._url(path), headers=headers)

    async def _post(self, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        return await self._client.post(self._url(path), json=body, headers=headers)

    def _url(self, path: str) -> str:
        return self._target.url.rstrip("/") + path

    @property
    def _key(self) -> dict[str, str]:
        return {"x-api-key": self._target.api_key}

    @property
    def _bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._target.api_key}"}

    async def _health(self) -> str:
        answer = await self._get(HEALTH.path)
        _expect(answer, 200)
        return str(answer.json()["message"])

    async def _playground(self) -> str:
        answer = await self._get(PLAYGROUND.path)
        _expect(answer, 200)
        if "<html" not in answer.text.lower():
            raise _Unexpected("no page")
        return "a page"

    async def _description(self) -> str:
        answer = await self._get(OPENAPI.path)
        _expect(answer, 200)
        return f"{len(answer.json()['paths'])} routes"

    async def _no_key(self) -> str:
        return _refusal(await self._post(INVOKE.path, {"prompt": _PROMPT}, {}), 401)

    async def _wrong_key(self) -> str:
        wrong = {"x-api-key": "no-such-key-" + "0" * 20}
        return _refusal(await self._post(INVOKE.path, {"prompt": _PROMPT}, wrong), 401)

    async def _two_keys(self) -> str:
        headers = self._key | {"authorization": "Bearer no-such-key-" + "0" * 20}
        return _refusal(await self._post(INVOKE.path, {"prompt": _PROMPT}, headers), 401)

    async def _invoke(self) -> str:
        body = {"prompt": _PROMPT, "parameters": {"max_new_tokens": _TOKENS}}
        answer = await self._post(INVOKE.path, body, self._key)
        _expect(answer, 200)
        return f"{answer.json()['details']['generated_tokens']} tokens"

    async def _models(self) -> str:
        answer = await self._get(MODELS.path, self._bearer)
        _expect(answer, 200)
        return str(answer.json()["data"][0]["id"])

    async def _stream(self) -> str:
        """Events, and not all of them at once."""
        events = await self._streamed(_PROMPT, _TOKENS)
        if events.pieces < 2:
            # Who reads late finds a short answer whole, too; a long one only if it was kept back.
            events = await self._streamed(_LONG_PROMPT, _MANY_TOKENS)
        if events.pieces < 2:
            raise _Unexpected("all events came at once: something buffers the answer")
        return f"{events.count} events over {events.seconds:.1f} s"

    async def _streamed(self, prompt: str, tokens: int) -> _Events:
        body = {"prompt": prompt, "parameters": {"max_new_tokens": tokens}, "stream": True}
        splitter = EventSplitter()
        pieces, count, began, last = 0, 0, 0.0, b"{}"
        async with self._client.stream(
            "POST", self._url(INVOKE.path), json=body, headers=self._key
        ) as answer:
            if answer.is_error:
                await answer.aread()
            _expect(answer, 200)
            async for chunk in answer.aiter_bytes():
                found = [data for data in map(data_of, splitter.feed(chunk)) if data]
                if found:
                    began = began or time.monotonic()
                    pieces, count, last = pieces + 1, count + len(found), found[-1]
        if "generated_text" not in json.loads(last):
            raise _Unexpected("the stream broke off")
        return _Events(pieces, count, time.monotonic() - began)

    async def _chat(self) -> str:
        body = {"messages": [{"role": "user", "content": _PROMPT}], "max_tokens": _TOKENS}
        answer = await self._post(CHAT_COMPLETIONS.path, body, self._bearer)
        _expect(answer, 200)
        return f"{answer.json()['usage']['completion_tokens']} tokens"

    async def _bad_request(self) -> str:
        return _refusal(await self._post(INVOKE.path, {"prompt": 1}, self._key), 400)

    async def _large_body(self) -> str:
        body = {"prompt": "x" * MAX_BODY_BYTES}
        return _refusal(await self._post(INVOKE.path, body, self._key), 413)

    async def _unknown_path(self) -> str:
        return _refusal(await self._get("/no-such-path"), 404)


def _expect(answer: httpx.Response, status: int) -> None:
    if answer.status_code != status:
        raise _Unexpected(f"{answer.status_code} instead of {status}: {answer.text[:200]}")


def _refusal(answer: httpx.Response, status: int) -> str:
    """The code in the one body that every error has."""
    _expect(answer, status)
    values = answer.json()
    if values["message"] != values["error"]["message"]:
        raise _Unexpected(f"no body of this API: {answer.text[:200]}")
    return f"{status} {values['error']['code']}"
