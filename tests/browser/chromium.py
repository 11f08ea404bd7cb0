"""The browser: Debian's Chromium, without a screen and without calls home."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, sync_playwright

_FLAGS: Final = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
"""Programs that will do; ``install-chromium.sh`` looks for the same."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser.

    Raises:
        RuntimeError: Chromium is not installed.
    """
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        raise RuntimeError("There is no Chromium: 'make test-browser' installs it.")
    with sync_playwright() as playwright:
        # The sandbox does not work for root, which is who runs CI.
        browser = playwright.chromium.launch(
            executable_path=path, args=list(_FLAGS), chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            browser.close()
