"""A client that does not read: the model is made to wait, and memory does not fill up."""

import socket
import time
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.clients.processes import resident_bytes
from tests.clients.twin_process import REPOSITORY, Twin, get_json, running, settled
from tests.clients.wire import request_bytes

MIB: Final = 1024 * 1024

BOUND_BYTES: Final = 64 * MIB
"""Far above the buffers of six sockets, far below what the model sends in a minute."""

LONG_BYTES: Final = 16 * MIB

BODY: Final = {"messages": [{"role": "user", "content": "Go on."}], "stream": True}

_PAUSE_S: Final = 0.5


@pytest.fixture
def flooded_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    command = ["python", "-m", "tests.clients.flooded_twin"]
    environment = {"PYTHONPATH": str(REPOSITORY)}
    with running(command, tmp_path_factory.mktemp("flooded"), environment) as twin:
        yield twin


def test_the_model_waits_for_the_reader(flooded_twin: Twin) -> None:
    place = urlsplit(flooded_twin.url)
    occupied = resident_bytes(flooded_twin.pid)
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(request_bytes(flooded_twin, "/v1/chat/completions", BODY))
        assert connection.recv(1)

        assert settled(lambda: _is_still(flooded_twin)), "the model sends to nobody"
        held = _sent(flooded_twin)
        assert 0 < held < BOUND_BYTES

        read = 0
        while _sent(flooded_twin) == held and read < BOUND_BYTES:
            read += len(connection.recv(MIB))
        assert _sent(flooded_twin) > held, "the stream does not go on"
        assert resident_bytes(flooded_twin.pid) - occupied < BOUND_BYTES

    assert settled(lambda: _facts(flooded_twin)["listeners"] == 0)


def test_a_long_stream_leaves_nothing_in_memory(flooded_twin: Twin) -> None:
    place = urlsplit(flooded_twin.url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(request_bytes(flooded_twin, "/v1/chat/completions", BODY))
        _read(connection, LONG_BYTES // 4)
        occupied = resident_bytes(flooded_twin.pid)
        _read(connection, LONG_BYTES)

        assert resident_bytes(flooded_twin.pid) - occupied < LONG_BYTES / 2


def _read(connection: socket.socket, size: int) -> None:
    while size > 0:
        size -= len(connection.recv(MIB))


def _is_still(twin: Twin) -> bool:
    """Whether the model, which has begun, gets rid of nothing any more."""
    before = _sent(twin)
    time.sleep(_PAUSE_S)
    return 0 < before == _sent(twin)


def _sent(twin: Twin) -> int:
    """Bytes of events that the model has got rid of."""
    return _facts(twin)["sent"]


def _facts(twin: Twin) -> dict[str, int]:
    return get_json(twin.model_url, twin.model_key)
