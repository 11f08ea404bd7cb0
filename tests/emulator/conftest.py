"""One emulator for all tests, and the assemblies that they deploy."""

import importlib.util
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.emulator.asgi import ACCOUNT
from tests.emulator.environment import REGION
from tests.emulator.project import CDK, Emulator, Synthesizer, running, succeeded

if importlib.util.find_spec("ministack") is None:
    raise pytest.UsageError("tests/emulator needs .venv-emulator: run 'make test-emulator'.")

Synthesize = Callable[[Mapping[str, str]], Path]


@pytest.fixture(scope="session")
def bare_emulator() -> Iterator[Emulator]:
    """An account without anything in it."""
    with running() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def emulator(bare_emulator: Emulator) -> Emulator:
    """An account that is prepared for CDK.

    Shared by all tests: each deploys a stack of its own name, and destroys it.
    """
    environment = f"aws://{ACCOUNT}/{REGION}"
    # Not in the repository's folder: there cdk would synthesize the app first.
    result = bare_emulator.run(CDK, "bootstrap", environment, folder=Path("/"))
    assert succeeded(result)
    return bare_emulator


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synthesize]:
    """The cloud assembly for some settings (``SLM_*``), made once."""
    synthesizer = Synthesizer()
    made: dict[frozenset[tuple[str, str]], Path] = {}

    def assembly_for(settings: Mapping[str, str]) -> Path:
        wanted = frozenset(settings.items())
        if wanted not in made:
            made[wanted] = tmp_path_factory.mktemp("assembly")
            synthesizer.synthesize(made[wanted], settings)
        return made[wanted]

    yield assembly_for
    synthesizer.close()
