"""Words on the twin's own key: the one in a file of the folder, which its commands use."""

from pathlib import Path
from typing import Final

from slm.commands import Commands

USERS: Final = "'slm invoke', the sample answer of 'slm local' and a playground that remembers it"
"""What uses that key without being told it again."""


def renewal(file: Path) -> str:
    """How to get another.

    Args:
        file: Where the key is.
    """
    stop = Commands().slm("local stop")
    return f"For a new one end the twin ('{stop}'), remove {file} and start again."


def if_refused(file: Path) -> str:
    """What to do when the twin refuses it.

    Args:
        file: Where the key is.
    """
    keys = Commands().slm("keys list")
    return f"The key is that in {file}; '{keys}' shows whether it ended. {renewal(file)}"
