"""Where a caller's API key stands in a request: the same rule in both places.

In AWS the authorizer function asks it, on the laptop the local API gateway.
"""

import hmac
from collections.abc import Iterable

from slm.errors import Unauthorized


def read_api_key(headers: Iterable[tuple[str, str]]) -> str:
    """The key from ``x-api-key: KEY`` or ``Authorization: Bearer KEY``.

    Args:
        headers: Names (any case) and values, repeated headers included.

    Raises:
        Unauthorized: There is no key, or there are two different ones.
    """
    keys: list[str] = []
    for name, value in headers:
        match name.lower():
            case "x-api-key":
                keys.append(value.strip())
            case "authorization":
                scheme, _, credentials = value.strip().partition(" ")
                if scheme.lower() == "bearer":
                    keys.append(credentials.strip())
    keys = [key for key in keys if key]
    if not keys:
        raise Unauthorized("No API key.")
    first = keys[0].encode()
    if not all(hmac.compare_digest(first, key.encode()) for key in keys[1:]):
        raise Unauthorized("Two different API keys.")
    return keys[0]
