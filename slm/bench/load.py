"""A closed loop of clients: each sends its next request when its last one is answered.

The clients share one event loop and cost little (0.1 to 0.2 ms of CPU a request, and below 0.05 ms
for a token that comes by itself), so that on a small machine they do not measure themselves.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import msgspec

from slm.errors import SlmError
from slm.gateway.http_client import Http, HttpAnswer, HttpClient, Origin
from slm.gateway.http_connection import HttpError
from slm.gateway.sse import EVENT_END
from slm.limits import API_GATEWAY_IDLE_TIMEOUT_S
from slm.routes import CHAT_COMPLETIONS

CONNECT_TIMEOUT_S: Final = 10

_CONTENT: Final = re.compile(rb'"content": ?"[^"]')
_COMPLETION_TOKENS: Final = re.compile(rb'"completion_tokens": ?(\d+)')
_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_DONE: Final = b"data: [DONE]"
_TAIL_BYTES: Final = 4096
"""The counts and the end of a stream stand within this many of its last bytes."""


class KeyRefused(SlmError):
    """The server does not take the key; more requests would get the same answer."""


@dataclass(frozen=True)
class Server:
    """An API that speaks OpenAI's chat completions.

    Attributes:
        url: Its base URL, without ``/v1``.
        headers: Sent with each request; the key is among them.
        model: Name to ask for; None leaves the field out.
    """

    url: str
    headers: Mapping[str, str] = field(repr=False)
    model: str | None = None


@dataclass(frozen=True)
class Load:
    """What to send.

    Attributes:
        concurrency: Clients.
        stream: Whether they ask for streams.
        max_tokens: Longest answer, in tokens.
        prompts: What they ask, in turn.
        requests: Requests of all clients together; None for no bound.
        seconds: No request begins later than this; None for no bound.
    """

    concurrency: int
    stream: bool
    max_tokens: int
    prompts: Sequence[str]
    requests: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Sample:
    """One request; times in seconds.

    Attributes:
        total_s: From sending it to the end of its answer.
        first_token_s: To the first piece of text; None for a whole answer.
        tokens: Tokens of the answer, as the server counts them.
        gaps_s: Time between one token's arrival and the next; 0 for those that came together.
        error: What went wrong; empty for a good answer.
    """

    total_s: float
    first_token_s: float | None = None
    tokens: int = 0
    gaps_s: tuple[float, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Run:
    """What came of a load.

    Attributes:
        samples: The requests, in the order of their ends.
        seconds: From the first request to the last answer.
        client_cpu_s: CPU time of the clients.
    """

    samples: tuple[Sample, ...]
    seconds: float
    client_cpu_s: float


Check = Callable[[bytes], str]
"""What is wrong with the bytes of a good answer; empty if nothing is."""


async def run_load(
    server: Server,
    load: Load,
    *,
    on_answer: Callable[[int], None] = lambda _: None,
    check: Check | None = None,
    http: Http | None = None,
) -> Run:
    """Send the load, and wait for the last answer.

    Args:
        server: Who answers.
        load: What to send.
        on_answer: Is told the number of answers so far.
        check: Looks at each answer.
        http: What sends the requests.

    Raises:
        ValueError: The URL is none, or the load has no bound.
        KeyRefused: The server does not take the key.
    """
    if load.requests is None and load.seconds is None:
        raise ValueError("a load needs a number of requests or of seconds")
    client = http or HttpClient(
        connect_timeout_s=CONNECT_TIMEOUT_S, read_timeout_s=API_GATEWAY_IDLE_TIMEOUT_S
    )
    clients = _Clients(server, load, client, check)
    started, cpu_started = time.perf_counter(), time.process_time()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(load.concurrency):
                group.create_task(clients.work(on_answer))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    finally:
        client.close()
    return Run(
        tuple(clients.samples),
        time.perf_counter() - started,
        time.process_time() - cpu_started,
    )


class _Clients:
    def __init__(self, server: Server, load: Load, http: Http, check: Check | None) -> None:
        self._origin = Origin.of(server.url)
        self._headers = {"content-type": "application/json", **server.headers}
        self._load = load
        self._http = http
        self._check = check
        self._bodies = [_body(server.model, load, prompt) for prompt in load.prompts]
        self._begun = 0
        self._ends_at = time.perf_counter() + (load.seconds or float("inf"))
        self.samples: list[Sample] = []

    async def work(self, on_answer: Callable[[int], None]) -> None:
        """One client."""
        while time.perf_counter() < self._ends_at and self._begun != self._load.requests:
            body = self._bodies[self._begun % len(self._bodies)]
            self._begun += 1
            self.samples.append(await self._ask(body))
            on_answer(len(self.samples))

    async def _ask(self, body: bytes) -> Sample:
        started = time.perf_counter()
        try:
            async with self._http.request(
                self._origin, "POST", CHAT_COMPLETIONS.path, self._headers, body
            ) as answer:
                if answer.status in _REFUSED:
                    raise KeyRefused(
                        f"{self._origin.host} refused the key (status {answer.status}). Is it the "
                        "key of this API?"
                    )
                if answer.status != 200:
                    return Sample(time.perf_counter() - started, error=f"status {answer.status}")
                reading = _Reading(started, keeps_all=self._check is not None)
                await reading.read(answer)
        except HttpError as error:
            return Sample(time.perf_counter() - started, error=type(error).__name__)
        return reading.sample(stream=self._load.stream, check=self._check)


class _Reading:
    """An answer while it comes."""

    def __init__(self, started: float, *, keeps_all: bool) -> None:
        self._started = started
        self._keeps_all = keeps_all
        self._kept = b""
        self._arrivals: list[tuple[float, int]] = []
        self._ended = started

    async def read(self, answer: HttpAnswer) -> None:
        """Take it in."""
        while piece := await answer.read():
            if tokens := len(_CONTENT.findall(piece)):
                self._arrivals.append((time.perf_counter(), tokens))
            kept = self._kept + piece
            self._kept = kept if self._keeps_all else kept[-_TAIL_BYTES:]
        self._ended = time.perf_counter()

    def sample(self, *, stream: bool, check: Check | None) -> Sample:
        """What is known of it in the end."""
        total_s = self._ended - self._started
        if stream and _DONE not in self._kept:
            return Sample(total_s, error="broken off")
        if check is not None and (wrong := check(self._kept)):
            return Sample(total_s, error=wrong)
        counted = _COMPLETION_TOKENS.findall(self._kept)
        if not counted:
            return Sample(total_s, error="no token counts")
        tokens = int(counted[-1])
        if not stream or not self._arrivals:
            return Sample(total_s, tokens=tokens)
        gaps: list[float] = [0.0] * (self._arrivals[0][1] - 1)
        for (before, _), (now, came) in zip(self._arrivals, self._arrivals[1:], strict=False):
            gaps += [now - before, *[0.0] * (came - 1)]
        first_token_s = self._arrivals[0][0] - self._started
        return Sample(total_s, first_token_s, tokens, tuple(gaps))


def texts_of(stream: bytes) -> list[str]:
    """The pieces of text in a chat stream, in order."""
    pieces = []
    for event in stream.split(EVENT_END):
        data = event.removeprefix(b"data: ")
        if data.startswith(b"{"):
            for choice in msgspec.json.decode(data).get("choices", ()):
                pieces.append(choice.get("delta", {}).get("content") or "")
    return [piece for piece in pieces if piece]


def _body(model: str | None, load: Load, prompt: str) -> bytes:
    body: dict[str, object] = {
        "messages": [{"role": "user", "content": prompt}],
        "max_tokens": load.max_tokens,
        "temperature": 0,
        "stream": load.stream,
    }
    if model is not None:
        body["model"] = model
    if load.stream:
        body["stream_options"] = {"include_usage": True}
    return msgspec.json.encode(body)
