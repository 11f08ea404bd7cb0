"""Twins for the clients."""

import importlib.util
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.clients.twin_process import UNLIMITED, Twin, running_twin

if importlib.util.find_spec("litellm") is None:
    raise pytest.UsageError("tests/clients needs .venv-clients: run 'make test-clients'.")

QUESTION = "What is the capital of France?"

LONG_REQUEST: Final[dict[str, Any]] = {
    "messages": [{"role": "user", "content": "Write a long story about a ship."}],
    "temperature": 0,
    "max_tokens": 3000,
}
"""Asks for an answer of many seconds."""


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """A twin with the default settings, but no limit that a test could reach."""
    with running_twin(tmp_path_factory.mktemp("twin"), UNLIMITED) as twin:
        yield twin


@pytest.fixture(scope="session")
def model(twin: Twin) -> str:
    """The name of the model that it serves."""
    return twin.model


@pytest.fixture
def question() -> list[dict[str, str]]:
    """A conversation that the small model answers right at temperature 0."""
    return [{"role": "user", "content": QUESTION}]
