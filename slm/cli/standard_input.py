"""What is piped into a command."""

import sys
from typing import BinaryIO

from slm.wrong_usage import WrongUsage


def standard_input(instead: str) -> BinaryIO:
    """Its bytes.

    Args:
        instead: What to do where there is none, for the message.

    Raises:
        WrongUsage: It is closed.
    """
    if sys.stdin is None:
        raise WrongUsage(f"Standard input is closed: {instead}.")
    return sys.stdin.buffer
