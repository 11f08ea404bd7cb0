"""Server-sent events as bytes: split where they end, never re-encoded.

A SageMaker ``PayloadPart`` may end anywhere, so events are cut here and only here.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from typing import Final

from slm.errors import ModelFailed

EVENT_END: Final = b"\n\n"
DONE: Final = b"[DONE]"
KEEP_ALIVE: Final = b": keep-alive\n\n"

MAX_EVENT_BYTES: Final = 8 * 1024 * 1024
"""A container that never ends an event must not grow our memory without bound."""


class EventSplitter:
    """Cuts a stream of bytes into whole events, each with its closing blank line."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The events that ``chunk`` completes.

        Raises:
            ModelFailed: One event is over MAX_EVENT_BYTES.
        """
        data = self._rest + chunk if self._rest else chunk
        *events, self._rest = data.split(EVENT_END)
        if len(self._rest) > MAX_EVENT_BYTES:
            raise ModelFailed(f"The model sent one event of over {MAX_EVENT_BYTES} bytes.")
        return [event + EVENT_END for event in events]


def data_of(event: bytes) -> bytes:
    """What follows ``data:`` in an event; empty for a comment."""
    if event.startswith(b"data: ") and event.count(b"\n") == 2 and b"\r" not in event:
        return event[6:-2]  # as every engine writes it
    lines = (line for line in event.splitlines() if line.startswith(b"data:"))
    return b"\n".join(line[5:].removeprefix(b" ") for line in lines)


def encode(data: bytes) -> bytes:
    """One event that carries ``data``, which must be a single line."""
    return b"data: " + data + EVENT_END
