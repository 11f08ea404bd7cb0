"""Reading the settings, and saying what is wrong with them."""

import json
import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from slm.settings.files import CONFIG_FILE_VARIABLE, STAGE_VARIABLE, config_files
from slm.settings.plans import PlanOverrides
from slm.settings.settings import ENV_PREFIX, Settings
from slm.wrong_usage import WrongUsage

CLIENT_VARIABLES: Final = frozenset(
    {CONFIG_FILE_VARIABLE, STAGE_VARIABLE, "SLM_URL", "SLM_API_KEY"}
)
"""Variables with our prefix that are not settings: two choose files, the others tell
``slm invoke`` where to call."""


class SettingsError(WrongUsage):
    """A setting is wrong or unknown; the message has a line for each."""


def load_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Args:
        overrides: Settings that win over environment and files.

    Raises:
        SettingsError: A key is wrong or unknown, or a file that was named cannot be read.
    """
    known = {f"{ENV_PREFIX}{name}".upper() for name in Settings.model_fields} | CLIENT_VARIABLES
    unknown = sorted(
        name
        for name in os.environ
        if name.upper().startswith(ENV_PREFIX) and name.upper() not in known
    )
    if unknown:
        advice = _advice(unknown[0].upper(), known)
        raise SettingsError(f"{unknown[0]}: there is no such setting. {advice} Unset it.")
    try:
        files = config_files()
    except (ValueError, OSError) as error:  # TOMLDecodeError is a ValueError
        raise SettingsError(str(error)) from None
    _refuse_broken_tables()
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(
            "\n".join(_explain(e, files, overrides) for e in error.errors())
        ) from None
    except (ValueError, OSError) as error:
        raise SettingsError(f"{' or '.join(map(str, files))}: {error}") from None


def _refuse_broken_tables() -> None:
    """A table in the environment is JSON; the library's message would not name the variable."""
    for name, field in Settings.model_fields.items():
        variable = f"{ENV_PREFIX}{name}".upper()
        if get_origin(field.annotation) is dict and variable in os.environ:
            try:
                json.loads(os.environ[variable])
            except ValueError:
                raise SettingsError(
                    f"{variable} = {os.environ[variable]!r}: must be a table in JSON, for example "
                    '{"NAME": "value"}.'
                ) from None


def _advice(name: str, known: Iterable[str]) -> str:
    """Which setting may be meant, and where all of them stand."""
    near = get_close_matches(name, known, n=1)
    meant = f"Did you mean {near[0]}? " if near else ""
    return f"{meant}docs/configuration.md lists them."


def _explain(error: ErrorDetails, files: list[Path], overrides: Mapping[str, Any]) -> str:
    """One line: the key's name, what came, what is allowed, and where it came from."""
    if not error["loc"]:  # from a rule between settings: the message names its keys
        return error["msg"].removeprefix("Value error, ")
    name = ".".join(str(part) for part in error["loc"])
    place = " or ".join(map(str, reversed(files)))
    if error["type"] == "extra_forbidden":
        known = Settings.model_fields if len(error["loc"]) == 1 else PlanOverrides.model_fields
        advice = _advice(str(error["loc"][-1]), known)
        return f"{name}: there is no such setting ({place}). {advice}"
    variable = f"{ENV_PREFIX}{error['loc'][0]}".upper()
    if error["loc"][0] in overrides:
        source = "an option"
    else:
        source = variable if variable in os.environ else place
    message = error["msg"].removeprefix("Value error, ")
    return f"{name} = {error['input']!r} ({source}): {message[0].lower()}{message[1:]}."
