"""The session with keys, plans and usage, held with the twin; and what it leaves on disk."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.twin_process import PATIENCE_S, PROGRAMS, Twin, running_twin
from tests.integration.command import slm
from tests.keys_session import EXPECTED, QUOTA, SETTINGS, hold_session


class TwinPlace:
    """See ``tests.keys_session.Place``.

    Attributes:
        folder: Where the twin and its commands run.
        url: Base URL of the API.
        settle_s: A change holds at once.
        values: Every key that a command showed.
    """

    settle_s = 0.0

    def __init__(self, twin: Twin) -> None:
        self.folder = twin.directory
        self.url = twin.url
        self.values = [twin.key]

    def slm(self, *arguments: str) -> Any:
        result = subprocess.run(
            [PROGRAMS / "slm", *arguments, "--json"],
            cwd=self.folder,
            env=os.environ | SETTINGS,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        shown = json.loads(result.stdout)
        if "value" in shown:
            self.values.append(shown["value"])
        assert not any(value in result.stderr for value in self.values)
        return shown


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwinPlace]:
    with running_twin(tmp_path_factory.mktemp("twin"), SETTINGS) as twin:
        yield TwinPlace(twin)


def test_the_session_with_the_twin(place: TwinPlace, request: pytest.FixtureRequest) -> None:
    assert hold_session(place) == EXPECTED
    assert leaks(place) == []


def test_the_twin_itself_tells_its_plans(place: TwinPlace) -> None:
    """Commands in another terminal may see other settings."""
    place.slm("keys", "create", "other", "--plan", "counted")
    result = slm(place.folder, "keys", "limits", "other", "--json")
    assert json.loads(result.stdout)["limits"][0]["quota"] == QUOTA
    place.slm("keys", "revoke", "other")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_key_that_cannot_be_shown_is_an_error_without_the_key(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [PROGRAMS / "slm", "keys", "create", "lost", "--json"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr.startswith("Error: No space left on device")
    assert result.stderr.count("\n") == 1


def leaks(place: TwinPlace) -> list[Path]:
    """Files with a key in them, besides the first one's own and its copy for commands."""
    files = [file for file in place.folder.rglob("*") if file.is_file()]
    assert {"slm.sqlite", "model.log", "twin.log", "api_key"} <= {file.name for file in files}
    first, *others = (value.encode() for value in place.values)
    return [
        file
        for file in files
        if any(value in file.read_bytes() for value in others)
        or (first in file.read_bytes() and file.name not in {"api_key", "local.json"})
    ]
