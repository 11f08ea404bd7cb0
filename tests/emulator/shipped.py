"""The configurations that the repository ships."""

from pathlib import Path
from typing import Final

from tests.emulator.launcher import REPOSITORY

SHIPPED: Final = (REPOSITORY / "slm.toml", *sorted((REPOSITORY / "examples").glob("*.toml")))


def stack_name_of(file: Path) -> str:
    """A stack's name for a configuration, so that all can stand side by side."""
    return f"Shipped-{file.stem.replace('.', '-').replace('_', '-')}"
