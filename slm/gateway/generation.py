"""One generation at the model: its events, its errors, its token counts."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import msgspec

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
    backend: Backend, body: dict[str, Any], record: RequestRecord
) -> AsyncIterator[bytes]:
    """Ask the model for a stream and give its events, whole and as they came, to ``[DONE]``.

    Closing the generator early ends the generation. Token counts go to ``record`` on the way:
    as the model counts them, or, where the stream broke off, the events that were given.

    Args:
        backend: The model.
        body: Request in the container's words; the stream and its usage are asked for here.
        record: Record of the request.

    Raises:
        SlmError: The model failed, before its first event or in the midst.
    """
    asked = body | {"stream": True, "stream_options": {"include_usage": True}}
    splitter = EventSplitter()
    given = 0
    done = False
    try:
        async with backend.stream(msgspec.json.encode(asked)) as chunks:
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
                    yield event
        if not done:
            raise ModelFailed("The model's answer broke off.")
    finally:
        if record.generated_tokens is None and given:
            record.generated_tokens, record.partial = given, True


async def parsed(events: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
    """The events' JSON, without ``[DONE]``."""
    async with aclosing(events) as stream:  # type: ignore[type-var]
        async for event in stream:
            data = data_of(event)
            if data != DONE:
                yield msgspec.json.decode(data)


def _note_usage(data: bytes, record: RequestRecord) -> None:
    usage = msgspec.json.decode(data, type=_UsageEvent).usage
    if usage is not None:
        record.prompt_tokens = usage.prompt_tokens
        record.generated_tokens = usage.completion_tokens
