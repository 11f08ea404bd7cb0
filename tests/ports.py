"""Free ports on loopback."""

import random
import socket
from typing import Final

_PORTS: Final = range(20_000, 32_000)
"""Below those that the system itself gives to whoever asks for any."""


def free_port() -> int:
    """A port that nothing listens on, and that nobody gets who asks for any.

    So it is still free when the program that it is for has started.
    """
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
