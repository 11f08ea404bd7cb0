"""Where a caller's API key stands in a request: the same rule in both places.

In AWS the authorizer function asks it, on the laptop the local API gateway.
"""

import hmac
from collections.abc import Iterable
from typing import Final

from slm.errors import Unauthorized

_WHITESPACE: Final = " \t"
"""What may stand around a header's value and is no part of it (RFC 9110, 5.5); anything else that
Python would strip is a character of the value."""


def read_api_key(headers: Iterable[tuple[str, str]]) -> str:
    """The key from ``x-api-key: KEY`` or ``Authorization: Bearer KEY``.

    Args:
        headers: Names (any case) and values, repeated headers included. A value is taken whole: two
            keys that a proxy has joined with a comma are one key that nobody has.

    Raises:
        Unauthorized: There is no key, or there are two different ones.
    """
    keys: list[str] = []
    for name, value in headers:
        match name.lower():
            case "x-api-key":
                keys.append(value.strip(_WHITESPACE))
            case "authorization":
                scheme, _, credentials = value.strip(_WHITESPACE).partition(" ")
                if scheme.lower() == "bearer":
                    keys.append(credentials.strip(_WHITESPACE))
    keys = [key for key in keys if key]
    if not keys:
        raise Unauthorized("No API key.")
    first = keys[0].encode()
    if not all(hmac.compare_digest(first, key.encode()) for key in keys[1:]):
        raise Unauthorized("Two different API keys.")
    return keys[0]
