"""Every configuration that the repository ships: deployed, asked, destroyed, side by side."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from tests.emulator.calls import ANSWER, api_of
from tests.emulator.conftest import Synthesize
from tests.emulator.inventory import inventory
from tests.emulator.prerequisites import prepare
from tests.emulator.project import Emulator, Result, succeeded
from tests.emulator.shipped import SHIPPED, stack_name_of

AT_ONCE: Final = 4
"""Most of a deployment is waiting: for CloudFormation, and for cdk to look again."""

Assemblies = dict[Path, Path]


@pytest.fixture(scope="module")
def assemblies(emulator: Emulator, assembly: Synthesize) -> Assemblies:
    """The cloud assembly of each."""
    return {
        file: assembly(
            {"SLM_CONFIG_FILE": str(file), "SLM_STACK_NAME": stack_name_of(file)}
            | prepare(emulator, file)
        )
        for file in SHIPPED
    }


@pytest.fixture(scope="module")
def before(emulator: Emulator, assemblies: Assemblies) -> frozenset[str]:
    """What the account held before them, but for what they take for granted."""
    return inventory(emulator)


@pytest.fixture(scope="module")
def deployments(
    emulator: Emulator, assemblies: Assemblies, before: frozenset[str]
) -> Iterator[dict[Path, Result]]:
    """What ``cdk deploy`` said to each."""
    yield for_each(emulator.deploy, assemblies)
    for file, assembly in assemblies.items():
        emulator.clear(assembly, stack_name_of(file))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_it_deploys_and_a_keyed_request_brings_an_answer(
    emulator: Emulator, deployments: dict[Path, Result], file: Path
) -> None:
    result = deployments[file]
    assert succeeded(result)

    answer = api_of(emulator, stack_name_of(file)).ask()

    assert answer.status_code == 200, answer.text
    assert ANSWER in answer.json()["generated_text"]


def test_destroy_leaves_nothing_of_any(
    emulator: Emulator,
    assemblies: Assemblies,
    deployments: dict[Path, Result],
    before: frozenset[str],
) -> None:
    for result in for_each(emulator.destroy, assemblies).values():
        assert succeeded(result)
    assert inventory(emulator) - before == frozenset()


def for_each(command: Callable[[Path], Result], assemblies: Assemblies) -> dict[Path, Result]:
    """A command's results for all assemblies, some at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(assemblies, pool.map(command, assemblies.values()), strict=True))
