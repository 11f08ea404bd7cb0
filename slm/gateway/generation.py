"""One generation at the model: its events, its errors, its token counts."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import msgspec

from slm.engines import Engine
from slm.errors import ModelFailed
from slm.gateway.backend import Backend
from slm.gateway.request_log import RequestRecord
from slm.gateway.sagemaker_errors import from_error_event
from slm.gateway.sse import DONE, EventSplitter, data_of


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _UsageEvent(msgspec.Struct):
    usage: _Usage | None = None


async def generate(
    backend: Backend, engine: Engine, body: dict[str, Any], record: RequestRecord
) -> AsyncGenerator[bytes, None]:
    """The model's events, whole and as they came, to ``[DONE]``.

    Closing the generator early ends the generation. Token counts go to ``record`` on the way:
    as the model counts them, or, where the stream broke off, the events that were given.

    Args:
        backend: The model.
        engine: The engine that serves it.
        body: What ``container_request`` made.
        record: Record of the request.

    Raises:
        SlmError: The model failed, before its first event or in the midst.
    """
    translations = _finish_reasons(engine)
    splitter = EventSplitter()
    given = 0
    done = False
    try:
        async with backend.stream(msgspec.json.encode(body)) as chunks:
            async for chunk in chunks:
                for event in splitter.feed(chunk):
                    data = data_of(event)
                    if not data or done:
                        continue
                    record.mark_first_token()
                    if data == DONE:
                        done = True  # read on to the end, so that the connection can be reused
                    elif data.startswith((b'{"error"', b'{ "error"')):
                        raise from_error_event(msgspec.json.decode(data))
                    elif b'"usage"' in data:
                        _note_usage(data, record)
                    given += 1
                    for theirs, ours in translations:
                        if theirs in event:
                            event = event.replace(theirs, ours)  # noqa: PLW2901
                    yield event
        if not done:
            raise ModelFailed("The model's answer broke off.")
    finally:
        if record.generated_tokens is None and given:
            record.generated_tokens, record.partial = given, True


async def parsed(events: AsyncGenerator[bytes, None]) -> AsyncGenerator[dict[str, Any], None]:
    """The events' JSON, without ``[DONE]``."""
    async with aclosing(events) as stream:
        async for event in stream:
            data = data_of(event)
            if data != DONE:
                yield msgspec.json.decode(data)


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
