"""The page as a person uses it."""

from typing import Final

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.browser.serving import PATIENCE_S

CLIPBOARD: Final = ["clipboard-read", "clipboard-write"]

_REPORT_VIOLATIONS: Final = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP ${event.effectiveDirective} ${event.blockedURI}`);
});
"""

expect.set_options(timeout=PATIENCE_S * 1000)


class Playground:
    """One tab with the page.

    Args:
        context: The browser's window: storage, permissions, viewport.
        url: Where the page stands.

    Attributes:
        faults: What no normal use may cause: uncaught errors, and violations of the policy.
        origins: Where the page sent requests to.
    """

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url: Final = url
        self.page: Final[Page] = context.new_page()
        self.page.set_default_timeout(PATIENCE_S * 1000)
        self.faults: Final[list[str]] = []
        self.origins: Final[set[str]] = set()
        self.page.add_init_script(_REPORT_VIOLATIONS)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._note)
        self.page.on("request", lambda request: self.origins.add(_origin(request.url)))
        self.key: Final = self.page.get_by_label("API key", exact=True)
        self.prompt: Final = self.page.get_by_label("Message", exact=True)
        self.send_button: Final = self.page.get_by_role("button", name="Send", exact=True)
        self.stop_button: Final = self.page.get_by_role("button", name="Stop", exact=True)
        self.state: Final = self.page.locator("#state")
        self.status: Final = self.page.locator("#status")
        self.model: Final = self.page.locator("#model")

    def open(self) -> None:
        """Load the page and wait until it runs."""
        self.page.goto(self.url)
        expect(self.prompt).to_be_attached()
        expect(self.state).not_to_be_empty()

    def enter_key(self, value: str) -> None:
        """Type the key, as on a wide screen, and wait for the model's name."""
        self.key.fill(value)
        self.key.press("Enter")
        expect(self.model).not_to_be_empty()

    def ask(self, text: str) -> None:
        """Send a message."""
        self.prompt.fill(text)
        self.prompt.press("Enter")

    @property
    def turn(self) -> Locator:
        """The latest question with its answer."""
        return self.page.get_by_role("article").last

    @property
    def answer(self) -> Locator:
        """The latest answer, without its figures."""
        return self.turn.locator(".answer")

    @property
    def problem(self) -> Locator:
        """What went wrong with the latest answer."""
        return self.turn.locator(".problem")

    def expect_complete(self) -> None:
        """Wait for the end of the answer."""
        expect(self.status).to_have_text("Answer complete.")

    def button(self, name: str) -> Locator:
        """A button by its name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def clipboard(self) -> str:
        """What was copied."""
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text

    def fits_width(self) -> bool:
        """Whether nothing makes the page scroll sideways."""
        fits: bool = self.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        return fits

    def _note(self, message: ConsoleMessage) -> None:
        # Chromium logs every refused request as an error: that is what some tests are about.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(message.text)


def _origin(url: str) -> str:
    scheme, _, rest = url.partition(":")
    return scheme if scheme == "data" else f"{scheme}://{rest.removeprefix('//').split('/')[0]}"
