"""AWS event-stream messages (``application/vnd.amazon.eventstream``), decoded as they come.

A message is a prelude (total length, header length, CRC32 of both), headers, a payload, and the
CRC32 of all that. botocore's decoder takes ten times as long for a message, most of it for
headers, which are the same bytes in every message of an answer.
https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zlib import crc32

MAX_MESSAGE_BYTES: Final = 24 * 1024 * 1024
"""Longer ones are no messages; botocore has the same bound (``eventstream.py``)."""

_PRELUDE: Final = struct.Struct(">III")
_CRC: Final = struct.Struct(">I")
_STRING: Final = 7
_SIZES: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Header types of a fixed size -> bytes; 6 and 7 carry their length."""

_MAX_KNOWN_HEADERS: Final = 16


class BadMessage(Exception):
    """The bytes are no event stream, or were damaged on the way."""


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        headers: Its string headers; those of other types are left out.
        payload: Its payload.
    """

    headers: Mapping[str, str]
    payload: bytes


class MessageDecoder:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._known: dict[bytes, Mapping[str, str]] = {}

    def feed(self, data: bytes) -> list[Message]:
        """The messages that ``data`` completes.

        Raises:
            BadMessage: This is no event stream.
        """
        buffer: bytes | bytearray = data
        if self._rest:
            self._rest += data
            buffer = self._rest
        messages = []
        start = 0
        while (end := _end_of_message(buffer, start)) is not None:
            messages.append(self._decode(bytes(buffer[start:end])))
            start = end
        if buffer is not self._rest:
            self._rest = bytearray(data[start:])
        else:
            del self._rest[:start]
        return messages

    @property
    def complete(self) -> bool:
        """Whether the stream may end here."""
        return not self._rest

    def _decode(self, message: bytes) -> Message:
        payload_end = len(message) - _CRC.size
        if crc32(message[:payload_end]) != _CRC.unpack_from(message, payload_end)[0]:
            raise BadMessage("a message's checksum is wrong")
        _, headers_length, _ = _PRELUDE.unpack_from(message)
        payload_at = _PRELUDE.size + headers_length
        encoded = message[_PRELUDE.size : payload_at]
        headers = self._known.get(encoded)
        if headers is None:
            headers = _decode_headers(encoded)
            if len(self._known) < _MAX_KNOWN_HEADERS:
                self._known[encoded] = headers
        return Message(headers, message[payload_at:payload_end])


def _end_of_message(buffer: bytes | bytearray, start: int) -> int | None:
    """Where the message that begins at ``start`` ends; None if that has not come yet."""
    if len(buffer) - start < _PRELUDE.size:
        return None
    total, headers_length, prelude_crc = _PRELUDE.unpack_from(buffer, start)
    if crc32(buffer[start : start + _PRELUDE.size - _CRC.size]) != prelude_crc:
        raise BadMessage("a prelude's checksum is wrong")
    if not _PRELUDE.size + headers_length + _CRC.size <= total <= MAX_MESSAGE_BYTES:
        raise BadMessage(f"a message of {total} bytes with headers of {headers_length}")
    end: int = start + total
    return end if len(buffer) >= end else None


def _decode_headers(encoded: bytes) -> dict[str, str]:
    headers = {}
    position = 0
    try:
        while position < len(encoded):
            name_end = position + 1 + encoded[position]
            name = encoded[position + 1 : name_end].decode()
            kind = encoded[name_end]
            position = name_end + 1
            if kind in _SIZES:
                position += _SIZES[kind]
                continue
            (length,) = struct.unpack_from(">H", encoded, position)
            value = encoded[position + 2 : position + 2 + length]
            position += 2 + length
            if kind == _STRING:
                headers[name] = value.decode()
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise BadMessage(f"headers that cannot be read: {error}") from None
    return headers
