"""One generation at the model: its events, its errors, its token counts."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import msgspec

from slm.engines import Engine
from slm.errors import ModelFailed, SlmError
from slm.gateway.backend import Backend
from slm.gateway.request_log import RequestRecord
from slm.gateway.sagemaker_errors import from_error_event
from slm.gateway.sse import DONE, EventSplitter, data_of, encode


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _UsageEvent(msgspec.Struct):
    usage: _Usage | None = None


class _RunningCounts(msgspec.Struct):
    """llama.cpp's ``timings``; what its cache held of the prompt is counted apart."""

    cache_n: int = 0
    prompt_n: int = 0
    predicted_n: int = 0


_RUNNING_COUNTS: Final = re.compile(rb',"timings":(\{[^{}]*\})\}$')
"""The last member of an event; inside of a text the quotes would be escaped."""


async def generate(
    backend: Backend, engine: Engine, body: dict[str, Any], record: RequestRecord
) -> AsyncGenerator[list[bytes], None]:
    """The model's events, whole and as they came, to ``[DONE]``; those that came together at once.

    Closing the generator early ends the generation. Token counts go to ``record`` on the way, as
    the model counts them. Where the stream broke off it is the engine's last running count, or
    the number of events that were given if it has none.

    Args:
        backend: The model.
        engine: The engine that serves it.
        body: What ``container_request`` made.
        record: Record of the request.

    Raises:
        SlmError: The model failed, before its first event or in the midst.
    """
    reader = _EventReader(engine, record)
    try:
        async with backend.stream(msgspec.json.encode(body)) as chunks:
            # Read on behind [DONE], so that the connection can be used again.
            async for chunk in chunks:
                if events := reader.events_in(chunk):
                    yield events
                if reader.failure is not None:
                    raise reader.failure
        if not reader.done:
            raise ModelFailed("The model's answer broke off.")
    finally:
        if record.generated_tokens is None and reader.given:
            reader.note_partial()


class _EventReader:
    """Finds the events in a stream, and what they tell of the generation.

    Attributes:
        given: Events found so far.
        done: Whether ``[DONE]`` was among them.
        failure: What an error event told; nothing is found behind it.
    """

    def __init__(self, engine: Engine, record: RequestRecord) -> None:
        self._translations = _finish_reasons(engine)
        self._record = record
        self._has_counts = bool(engine.running_counts)
        self._counts = b""
        self._splitter = EventSplitter()
        self.given = 0
        self.done = False
        self.failure: SlmError | None = None

    def events_in(self, chunk: bytes) -> list[bytes]:
        """The events that the chunk completes, with OpenAI's finish reasons."""
        events: list[bytes] = []
        for event in self._splitter.feed(chunk):
            data = data_of(event)
            if not data or self.done:
                continue
            self._record.mark_first_token()
            if data == DONE:
                self.done = True
            elif data.startswith((b'{"error"', b'{ "error"')):
                self.failure = from_error_event(msgspec.json.decode(data))
                break
            elif b'"usage"' in data:
                _note_usage(data, self._record)
            elif self._has_counts and (found := _RUNNING_COUNTS.search(data)):
                self._counts = found[1]
                event = encode(data[: found.start()] + b"}")  # noqa: PLW2901
            self.given += 1
            for theirs, ours in self._translations:
                if theirs in event:
                    event = event.replace(theirs, ours)  # noqa: PLW2901
            events.append(event)
        return events

    def note_partial(self) -> None:
        """Count what was given of an answer that broke off."""
        self._record.partial = True
        self._record.generated_tokens = self.given
        if self._counts:
            counts = msgspec.json.decode(self._counts, type=_RunningCounts)
            self._record.prompt_tokens = counts.cache_n + counts.prompt_n
            self._record.generated_tokens = counts.predicted_n


async def parsed(
    batches: AsyncGenerator[list[bytes], None],
) -> AsyncGenerator[list[dict[str, Any]], None]:
    """The events' JSON, without ``[DONE]``."""
    async with aclosing(batches) as stream:
        async for events in stream:
            yield [msgspec.json.decode(data) for data in map(data_of, events) if data != DONE]


def _finish_reasons(engine: Engine) -> list[tuple[bytes, bytes]]:
    """What to replace in an event: the engine's finish reasons by OpenAI's.

    As bytes, so that a stream is not parsed token by token; inside of a JSON string the quotes
    would be escaped, so this can only be the field itself.
    """
    return [
        (_finish_reason(theirs), _finish_reason(ours))
        for theirs, ours in engine.finish_reasons.items()
    ]


def _finish_reason(reason: str | None) -> bytes:
    return b'"finish_reason":' + msgspec.json.encode(reason)


def _note_usage(data: bytes, record: RequestRecord) -> None:
    usage = msgspec.json.decode(data, type=_UsageEvent).usage
    if usage is not None:
        record.prompt_tokens = usage.prompt_tokens
        record.generated_tokens = usage.completion_tokens
