"""Makes the pictures of the documentation: ``python -m tests.browser.screenshots``.

The page is served by ``slm local``, and the real model answers, at temperature 0.
"""

import tempfile
from pathlib import Path
from typing import Any, Final

from tests.browser.chromium import chromium
from tests.browser.playground import Playground
from tests.clients.twin_process import REPOSITORY, running_twin

FOLDER: Final = REPOSITORY / "docs" / "images"

DESKTOP: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}}
PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 390, "height": 760},
    "is_mobile": True,
    "has_touch": True,
}

PICTURES: Final[dict[str, dict[str, Any]]] = {
    "playground-light": DESKTOP | {"color_scheme": "light"},
    "playground-dark": DESKTOP | {"color_scheme": "dark"},
    "playground-phone": PHONE | {"color_scheme": "light"},
}
"""Name of the file -> the browser's window."""

QUESTIONS: Final = (
    "What is the capital of France?",
    "Write a Python function that reverses a string.",
)


def converse(playground: Playground, key: str) -> None:
    """Ask the questions, on a wide screen or a narrow one."""
    playground.open()
    # Typing is for a wide screen; on a phone the field stands on the other half of the page.
    narrow = playground.key.is_hidden()
    if narrow:
        playground.button("Settings").click()
    playground.page.get_by_label("temperature").fill("0")
    playground.enter_key(key)
    for question in QUESTIONS:
        playground.ask(question)
        playground.turn.get_by_text("tokens/s").wait_for()


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        running_twin(Path(directory), {}) as twin,
        chromium() as browser,
    ):
        for name, window in PICTURES.items():
            context = browser.new_context(**window)
            playground = Playground(context, twin.url)
            converse(playground, twin.key)
            playground.page.screenshot(path=FOLDER / f"{name}.png")
            context.close()


if __name__ == "__main__":
    main()
