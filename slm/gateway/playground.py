"""``GET /``: a page to try the API, sent whole; its sources are the files in ``page/``.

Its Content-Security-Policy admits the page's own style and script by their hash and nothing
else, so a text that slipped into the page as markup could neither run nor load anything.
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

SOURCES: Final = Path(__file__).with_name("page")
SCRIPTS: Final = ("tools", "access", "request", "conversation", "code", "page")
"""Parts of the one script, in their order; the last one starts it."""


class PlaygroundRoute:
    """The route's handler; the page is put together once."""

    def __init__(self) -> None:
        style = _read("page.css")
        script = "\n".join(_read(f"{name}.js") for name in SCRIPTS)
        page = _read("page.html").replace("{style}", style).replace("{script}", script)
        self._body: Final = page.encode()
        self._headers: Final[Mapping[str, str]] = {
            "content-type": "text/html; charset=utf-8",
            "cache-control": "no-store",
            "content-security-policy": _content_security_policy(style, script),
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        }

    async def __call__(self, request: Request) -> Response:
        """The page, the same for everyone: it learns all else from the API."""
        return Response(self._body, headers=self._headers)


def _read(name: str) -> str:
    return (SOURCES / name).read_text(encoding="utf-8")


def _content_security_policy(style: str, script: str) -> str:
    """The strictest policy under which the page works; ``data:`` is for its icon.

    https://www.w3.org/TR/CSP3/
    """
    directives = {
        "default-src": "'none'",
        "script-src": _hash_source(script),
        "style-src": _hash_source(style),
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


def _hash_source(block: str) -> str:
    return f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'"
