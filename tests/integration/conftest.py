"""The real model, started once for all integration tests."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

from slm.local.model_server import ModelServer
from slm.local.models import find_model
from tests.clients.twin_process import UNLIMITED, Twin, running_twin
from tests.integration.hostile import Front

PATIENCE_S: Final = 60
"""Bound of every wait; far above what a loaded machine needs."""


T = TypeVar("T")


class LoopThread:
    """An event loop in a thread of its own, for tests that block."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start a coroutine there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and wait for its result."""
        return self.submit(work).result(PATIENCE_S)

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()


@pytest.fixture(scope="session")
def loop_thread() -> Iterator[LoopThread]:
    """A loop that runs beside the tests."""
    thread = LoopThread()
    yield thread
    thread.close()


@pytest.fixture(scope="session")
def model_server(
    loop_thread: LoopThread, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ModelServer]:
    """The default model behind llama.cpp's server: ``url`` and ``api_key``.

    Shared by all tests: whoever needs to kill one starts one.
    """
    log_file: Path = tmp_path_factory.mktemp("model") / "model.log"
    server = ModelServer(
        find_model(None), alias="served-name", log_file=log_file, slots=4, context_tokens=2048
    )
    loop_thread.run(server.start())
    yield server
    loop_thread.run(server.stop())


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    """The whole system as ``slm local`` starts it, with limits that no test reaches.

    Shared by all tests: whoever needs to break one starts one.
    """
    with running_twin(tmp_path_factory.mktemp("twin"), UNLIMITED) as twin:
        yield twin


@pytest.fixture(scope="session")
def front(twin: Twin) -> Front:
    """Its gateway, seen from a socket."""
    return Front(twin.url, twin.key)
