"""What every test gets: no AWS account, no settings from the machine it runs on."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Shared machines stall: how long an example takes says nothing about the code.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=100
)
settings.load_profile("patient")

# The library's own template validation takes 3 s of every synthesis; `make synth` runs with it.
os.environ.setdefault("CDK_VALIDATION", "false")


@pytest.fixture(autouse=True)
def _clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No credentials, no profile, no settings and no home of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "SLM_")) and name != "AWS_CA_BUNDLE":
            monkeypatch.delenv(name)
    nowhere = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(nowhere / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere / "credentials"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).parent.parent
