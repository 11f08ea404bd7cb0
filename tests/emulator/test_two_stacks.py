"""Two stacks in one account and region: nothing of one is the other's."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.emulator.calls import api_of
from tests.emulator.conftest import Synthesize
from tests.emulator.project import Emulator, succeeded

NAMES: Final = ("Left", "Right")


@pytest.fixture(scope="module", autouse=True)
def _deployed(emulator: Emulator, assembly: Synthesize) -> Iterator[None]:
    """Two stacks that differ in their name only."""
    assemblies = [assembly({"SLM_STACK_NAME": name}) for name in NAMES]
    with ThreadPoolExecutor(len(NAMES)) as pool:
        assert all(succeeded(result) for result in pool.map(emulator.deploy, assemblies))
    yield
    for name, each in zip(NAMES, assemblies, strict=True):
        emulator.clear(each, name)


def test_each_answers_with_its_own_key_only(emulator: Emulator) -> None:
    left, right = (api_of(emulator, name) for name in NAMES)

    assert (left.ask().status_code, right.ask().status_code) == (200, 200)
    assert left.ask(key=right.key).status_code == 401
    assert right.ask(key=left.key).status_code == 401


def test_destroying_one_leaves_the_other(emulator: Emulator, assembly: Synthesize) -> None:
    left, right = NAMES

    emulator.destroy(assembly({"SLM_STACK_NAME": left}))

    api = api_of(emulator, right)
    assert api.get("health").json()["status"] == "InService"
    assert api.ask().status_code == 200
