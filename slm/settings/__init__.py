"""``slm.toml`` and the environment, read into one frozen, validated object.

Precedence: arguments over environment (``SLM_*``) over the stage's file over ``slm.toml`` over
the defaults here. A wrong or unknown key stops with its name, what came and what is allowed.

``model``, ``endpoint``, ``api``, ``operations`` hold the settings by topic, ``settings`` joins
them and checks the rules between them, ``load`` reads and explains.
"""

from slm.settings.files import CONFIG_FILE_VARIABLE, STAGE_VARIABLE
from slm.settings.load import CLIENT_VARIABLES, SettingsError, load_settings
from slm.settings.plans import DEFAULT_PLAN, PlanSettings
from slm.settings.settings import ENV_PREFIX, Settings

__all__ = [
    "CLIENT_VARIABLES",
    "CONFIG_FILE_VARIABLE",
    "DEFAULT_PLAN",
    "ENV_PREFIX",
    "STAGE_VARIABLE",
    "PlanSettings",
    "Settings",
    "SettingsError",
    "load_settings",
]
