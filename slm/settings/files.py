"""Which files hold the settings: ``slm.toml``, and one more for a stage."""

import os
import tomllib
from pathlib import Path
from typing import Any, Final

CONFIG_FILE_VARIABLE: Final = "SLM_CONFIG_FILE"
"""Names another file than ``slm.toml`` in the working directory."""

STAGE_VARIABLE: Final = "SLM_STAGE"
"""Names a stage: ``dev`` reads ``slm.dev.toml`` over ``slm.toml``."""


def config_files() -> list[Path]:
    """The settings' files, the later over the earlier.

    Raises:
        ValueError: A file that was named is not there or is no TOML, or the stage's names no
            stack of its own.
    """
    file = Path(os.environ.get(CONFIG_FILE_VARIABLE, "slm.toml"))
    if CONFIG_FILE_VARIABLE in os.environ and not file.is_file():
        raise ValueError(f"{CONFIG_FILE_VARIABLE} = {file}: there is no such file.")
    stage = os.environ.get(STAGE_VARIABLE)
    if file.is_file():
        read_tables(file)
    return [file, _stage_file(file, stage)] if stage else [file]


def read_tables(file: Path) -> dict[str, Any]:
    """What a settings' file holds.

    Raises:
        ValueError: It is no TOML.
    """
    try:
        return tomllib.loads(file.read_text())
    except ValueError as error:
        raise ValueError(f"{file} is no TOML: {error}.") from None


def _stage_file(file: Path, stage: str) -> Path:
    if not stage.replace("-", "").isalnum():
        raise ValueError(f"{STAGE_VARIABLE} = {stage!r}: a stage has letters and digits only.")
    path = file.with_suffix(f".{stage}{file.suffix}")
    if not path.is_file():
        raise ValueError(
            f"{STAGE_VARIABLE} = {stage}: there is no file {path}. Make one: it holds what "
            f"differs from {file}, and its own stack_name."
        )
    if "stack_name" not in read_tables(path):
        raise ValueError(
            f"{path}: a stage must name its own stack_name, or it would replace another's stack."
        )
    return path
