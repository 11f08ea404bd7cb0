"""The page as it is sent; what it does in a browser is tested in ``tests/browser``."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

import httpx
import msgspec
import pytest

from slm.errors import ERROR_TABLE
from slm.gateway.backend import EndpointStatus
from slm.gateway.bodies import ChatRequest
from slm.gateway.playground import SCRIPTS, SOURCES
from slm.settings import CLIENT_VARIABLES
from tests.unit.fakes import FakeBackend, gateway

pytestmark = pytest.mark.anyio

SCRIPT_FILES = {path.stem: path.read_text() for path in SOURCES.glob("*.js")}
MAX_PAGE_BYTES = 64 * 1024
"""The page is sent whole each time: it should stay small."""


@pytest.fixture
async def answer() -> httpx.Response:
    async with gateway(FakeBackend()) as client:
        return await client.get("/")


@pytest.fixture
def policy(answer: httpx.Response) -> dict[str, str]:
    directives = answer.headers["content-security-policy"].split("; ")
    return dict(directive.split(" ", 1) for directive in directives)


def hashes(page: str, tag: str) -> list[str]:
    """The blocks' hashes as a browser computes them."""
    blocks = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    return [f"'sha256-{b64encode(sha256(b.encode()).digest()).decode()}'" for b in blocks]


async def test_it_is_a_page_that_no_cache_keeps(answer: httpx.Response) -> None:
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.text.startswith("<!doctype html>")
    assert len(answer.content) <= MAX_PAGE_BYTES


async def test_only_its_own_blocks_may_run(answer: httpx.Response, policy: dict[str, str]) -> None:
    assert [policy["script-src"]] == hashes(answer.text, "script")
    assert [policy["style-src"]] == hashes(answer.text, "style")
    assert policy["connect-src"] == "'self'"
    for directive in ("default-src", "base-uri", "form-action", "frame-ancestors"):
        assert policy[directive] == "'none'"
    assert "unsafe" not in answer.headers["content-security-policy"]


async def test_it_is_whole(answer: httpx.Response) -> None:
    assert "{style}" not in answer.text
    assert "{script}" not in answer.text
    assert set(SCRIPTS) == set(SCRIPT_FILES)


async def test_it_loads_nothing_from_anywhere(answer: httpx.Response) -> None:
    own_icon = "xmlns='http://www.w3.org/2000/svg'"
    assert answer.text.count("http://www.w3.org/2000/svg") == 1
    text = answer.text.replace(own_icon, "")
    assert not re.findall(r"https?://|\burl\(|@import|\bimport\(|src=", text)


async def test_it_never_makes_markup_of_text(answer: httpx.Response) -> None:
    makers = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|setHTML"
        r"|createContextualFragment|\beval\b|new Function|\bstyle=|\son\w+="
    )
    assert not re.findall(makers, answer.text)


async def test_ids_are_unique_and_scripts_name_them(answer: httpx.Response) -> None:
    ids = re.findall(r'\bid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))
    named = re.findall(r'\$\("([^"]+)"\)', answer.text)
    assert set(named) <= set(ids)
    labels = re.findall(r'\b(?:for|aria-describedby)="([^"]+)"', answer.text)
    assert {name for label in labels for name in label.split()} <= set(ids)


def test_headlines_are_of_errors_that_exist() -> None:
    (table,) = re.findall(r"const HEADLINES = \{(.*?)\};", SCRIPT_FILES["request"], re.DOTALL)
    headlines = set(re.findall(r"^ +(\w+):", table, re.MULTILINE))
    known = {str(facts.status) for facts in ERROR_TABLE.values()}
    known |= {facts.code for facts in ERROR_TABLE.values() if facts.code}
    assert headlines <= known


async def test_states_are_ones_that_health_explains() -> None:
    (table,) = re.findall(r"const STATES = \{(.*?)\};", SCRIPT_FILES["access"], re.DOTALL)
    states = re.findall(r"^ +(\w+):", table, re.MULTILINE)
    assert states
    for state in states:
        async with gateway(FakeBackend(status=EndpointStatus(state))) as client:
            health = (await client.get("/health")).json()
        assert health["message"] != f"The endpoint is {state}."


@pytest.mark.parametrize("name", ["max_tokens", "temperature", "top_p", "seed"])
async def test_fields_take_what_the_api_takes(answer: httpx.Response, name: str) -> None:
    (field,) = re.findall(rf'<input id="{name}"([^>]*)>', answer.text)
    shown = {key: float(value) for key, value in re.findall(r'(min|max)="([^"]+)"', field)}
    allowed = _range_of(name)
    assert allowed["min"] <= shown["min"]
    assert shown["max"] <= allowed["max"]


def _range_of(name: str) -> dict[str, float]:
    schemas = msgspec.json.schema_components([ChatRequest])[1]
    choices: list[dict[str, Any]] = schemas["ChatRequest"]["properties"][name]["anyOf"]
    (number,) = [choice for choice in choices if choice["type"] != "null"]
    lowest = number.get("minimum", number.get("exclusiveMinimum"))
    return {"min": lowest, "max": number["maximum"]}


def test_code_reads_the_key_where_the_command_line_does() -> None:
    (variable,) = set(re.findall(r"\bSLM_\w+", SCRIPT_FILES["code"]))
    assert variable in CLIENT_VARIABLES
