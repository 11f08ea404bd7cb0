"""Words on the twin's own key: the one in a file of the folder, which its commands use."""

from pathlib import Path
from typing import Final

USERS: Final = "'slm invoke', the sample answer of 'slm local' and a playground that remembers it"
"""What uses that key without being told it again."""


def renewal(file: Path) -> str:
    """How to get another.

    Args:
        file: Where the key is.
    """
    return f"For a new one end the twin ('slm local stop'), remove {file} and start again."


def if_refused(file: Path) -> str:
    """What to do when the twin refuses it.

    Args:
        file: Where the key is.
    """
    return f"The key is that in {file}; 'slm keys list' shows whether it ended. {renewal(file)}"
