"""AWS event-stream messages (``application/vnd.amazon.eventstream``), encoded.

A message is a prelude (total length, header length, CRC32 of both), headers, a payload,
and the CRC32 of all that. Header values are strings here: SageMaker uses no other type.
https://docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-event-stream
"""

import json
import struct
from collections.abc import Mapping
from typing import Final
from zlib import crc32

MEDIA_TYPE: Final = "application/vnd.amazon.eventstream"

MAX_PAYLOAD_BYTES: Final = 1024 * 1024
"""Largest payload of one message we send. Clients refuse more than 16 MiB (24 MiB in botocore);
a container's chunks are far smaller than this."""

_STRING_TYPE: Final = 7
_CRC_BYTES: Final = 4


def encode_message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message. A header's name may have 255 bytes, its value 65535."""
    return _frame(_encode_headers(headers), payload)


def payload_parts(chunk: bytes) -> bytes:
    """A piece of an answer as a ``PayloadPart`` event, or several if it is over the limit."""
    return b"".join(
        _frame(_PAYLOAD_PART, chunk[start : start + MAX_PAYLOAD_BYTES])
        for start in range(0, len(chunk), MAX_PAYLOAD_BYTES)
    )


def _frame(headers: bytes, payload: bytes) -> bytes:
    prelude = struct.pack(">II", 12 + len(headers) + len(payload) + _CRC_BYTES, len(headers))
    prelude_crc = crc32(prelude)
    body = struct.pack(">I", prelude_crc) + headers + payload
    return prelude + body + struct.pack(">I", crc32(body, prelude_crc))


def model_stream_error(message: str, error_code: str) -> bytes:
    """The exception event for a container that failed after its answer had begun.

    Args:
        message: What happened.
        error_code: ``ModelInvocationTimeExceeded`` or ``StreamBroken``
            (API_runtime_ModelStreamError).
    """
    return _exception("ModelStreamError", {"Message": message, "ErrorCode": error_code})


def internal_stream_failure(message: str) -> bytes:
    """The exception event for a failure of SageMaker's own."""
    return _exception("InternalStreamFailure", {"Message": message})


def _exception(exception_type: str, body: Mapping[str, str]) -> bytes:
    return encode_message(
        {
            ":message-type": "exception",
            ":exception-type": exception_type,
            ":content-type": "application/json",
        },
        json.dumps(body).encode(),
    )


def _encode_headers(headers: Mapping[str, str]) -> bytes:
    return b"".join(_encode_header(name, value) for name, value in headers.items())


def _encode_header(name: str, value: str) -> bytes:
    raw_name, raw_value = name.encode(), value.encode()
    return (
        struct.pack("B", len(raw_name))
        + raw_name
        + struct.pack(">BH", _STRING_TYPE, len(raw_value))
        + raw_value
    )


_PAYLOAD_PART: Final = _encode_headers(
    {
        ":message-type": "event",
        ":event-type": "PayloadPart",
        ":content-type": "application/octet-stream",
    }
)
"""The headers of every piece of an answer, encoded once."""
