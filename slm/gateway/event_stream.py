"""AWS event-stream messages (``application/vnd.amazon.eventstream``), decoded as they come."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast


class BadMessage(Exception):
    """The bytes are no event stream, or were damaged on the way."""


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        headers: Its headers.
        payload: Its payload.
    """

    headers: Mapping[str, Any]
    payload: bytes


class MessageDecoder:
    """Cuts a stream of bytes into messages, by botocore's decoder."""

    def __init__(self) -> None:
        # Imported here: see ``aws_signature``.
        from botocore.eventstream import ParserError

        from slm.gateway.event_stream_buffer import Buffer

        self._buffer = Buffer()
        self._refusals = (ParserError, struct.error, KeyError, ValueError)
        self._fed = 0
        self._decoded = 0

    def feed(self, data: bytes) -> list[Message]:
        """The messages that ``data`` completes.

        Raises:
            BadMessage: This is no event stream.
        """
        self._buffer.add_data(data)
        self._fed += len(data)
        messages = []
        try:
            # The stubs take a buffer for one of numbers.
            for message in cast("Iterable[Any]", self._buffer):
                self._decoded += message.prelude.total_length
                messages.append(Message(message.headers, message.payload))
        except self._refusals as error:
            raise BadMessage(str(error)) from None
        return messages

    @property
    def complete(self) -> bool:
        """Whether the stream may end here."""
        return self._fed == self._decoded
