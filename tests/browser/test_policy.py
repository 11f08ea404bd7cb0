"""The Content-Security-Policy holds even if markup should get into the page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Route, expect
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from tests.browser.playground import Playground
from tests.browser.serving import serving
from tests.browser.site import Site

INJECTED = """
<script>window.ran = "script"</script>
<script src="data:text/javascript,window.ran='source'"></script>
<img src="data:x" onerror="window.ran = 'handler'">
<iframe srcdoc="<script>parent.ran = 'frame'</script>"></iframe>
<p id="victim" style="color: red">styled</p>
<style>#victim { color: red }</style>
<base href="https://evil.example/">
<link rel="stylesheet" href="data:text/css,%23victim{color:red}">
</body>
"""


@pytest.fixture
def injected(context: BrowserContext, site: Site) -> Iterator[Playground]:
    """The page with alien markup in it, under its own headers."""

    def add_markup(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("</body>", INJECTED))

    playground = Playground(context, site.url)
    playground.page.route(site.url, add_markup)
    playground.open()
    yield playground


def test_injected_markup_does_nothing(injected: Playground, site: Site) -> None:
    victim = injected.page.locator("#victim")
    expect(victim).to_be_attached()
    assert injected.page.evaluate("window.ran") is None
    assert victim.evaluate("(node) => getComputedStyle(node).color") != "rgb(255, 0, 0)"
    assert injected.page.evaluate("document.baseURI") == site.url
    blocked = {fault.split()[1] for fault in injected.faults if fault.startswith("CSP ")}
    assert {"script-src-elem", "script-src-attr", "style-src-elem", "style-src-attr"} <= blocked
    assert {"base-uri", "frame-src"} & blocked


def test_the_page_itself_still_works(injected: Playground, site: Site) -> None:
    injected.enter_key(site.key)
    injected.ask("Hello")
    injected.expect_complete()


@pytest.mark.parametrize(
    "attempt",
    [
        "fetch('https://evil.example/')",
        "new Promise((_, no) => { new WebSocket('wss://evil.example/').onerror = no; })",
        "Promise.resolve().then(() => { document.body.innerHTML = '<b>x</b>'; })",
    ],
)
def test_what_a_script_could_not_do_either(blank: Playground, attempt: str) -> None:
    failed = blank.page.evaluate(f"(async () => {attempt})().then(() => false, () => true)")
    assert failed
    assert blank.faults
    blank.faults.clear()
    blank.origins.intersection_update({blank.url.rstrip("/")})


def test_no_other_page_may_frame_it(context: BrowserContext, site: Site) -> None:
    async def framing(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        assert request.method == "GET"
        await HTMLResponse(f'<iframe src="{site.url}"></iframe>')(scope, receive, send)

    with serving(framing) as other:
        page = context.new_page()
        page.goto(other.url)
        page.wait_for_load_state("networkidle")
        assert page.frame_locator("iframe").locator("#prompt").count() == 0
