"""What every test gets: no AWS account, no settings and no habits of the machine it runs on."""

import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

# Shared machines stall: how long an example takes says nothing about the code.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.load_profile("patient")

_PREFIXES: Final = ("AWS_", "SLM_", "CDK_", "HF_", "OPENAI_", "LITELLM_", "LANG", "LC_", "MAKE")
_NAMES: Final = frozenset(
    {
        *("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "CLICOLOR", "CLICOLOR_FORCE"),
        *("GITHUB_ACTIONS", "MFLAGS", "ARGS", "CONFIG", "STAGE", "PROFILE", "REGION"),
    }
)
_NEEDED: Final = frozenset({"AWS_CA_BUNDLE"})
"""Where the machine's own certificates are, which a proxy may have."""

_LOOPBACK: Final = ("127.0.0.1", "localhost")


def _clean_environment() -> None:
    """No credentials, settings, colours or widths of whoever runs the tests.

    Once and for all, since what is shared by tests starts before any of them.
    """
    for name in list(os.environ):
        if (name.startswith(_PREFIXES) and name not in _NEEDED) or name in _NAMES:
            del os.environ[name]
    # What listens here is never behind a proxy.
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join((*filter(None, [os.environ.get(name)]), *_LOOPBACK))
    os.environ |= {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        # The library's own template validation takes 3 s of every synthesis; `make synth` runs
        # with it.
        "CDK_VALIDATION": "false",
        "LC_ALL": "C.UTF-8",
    }


_clean_environment()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).parent.parent
