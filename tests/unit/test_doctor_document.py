from pathlib import Path

from slm.doctor.document import document

PAGE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(), "run 'make docs-troubleshooting'"
