"""docs/emulator.md names every part that is ours, and every page that it follows."""

import re
from pathlib import Path

from tests.emulator.launcher import REPOSITORY
from tests.emulator.patches import PATCHES

FOLDER = REPOSITORY / "tests" / "emulator"
TEXT = (REPOSITORY / "docs" / "emulator.md").read_text()


def parts() -> list[Path]:
    """The modules of the emulator itself."""
    return [p for p in FOLDER.rglob("*.py") if not p.name.startswith(("test_", "conftest"))]


def test_every_patch_is_named() -> None:
    for patch in PATCHES:
        assert f"`patches/{patch.__name__.rpartition('.')[2]}.py`" in TEXT


def test_every_page_is_linked() -> None:
    pages = {
        page.rstrip('".,')
        for part in parts()
        for page in re.findall(r"https://(?:docs\.)?aws\.\S+", part.read_text())
    }
    assert pages
    assert {page for page in pages if f"({page})" not in TEXT} == set()


def test_every_module_of_tests_is_described() -> None:
    tests = {p.name for p in FOLDER.glob("test_*.py")}
    described = set(re.findall(r"`(test_\w+\.py)`", TEXT))
    of_parts = {name for name in tests if name.startswith("test_patches_")} | {"test_docs.py"}
    assert described == tests - of_parts
