"""The line of a request, and the metrics in it."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from slm.gateway.app import create_app
from slm.gateway.request_log import CONTEXT_HEADER, METRICS
from tests.unit.fakes import CONFIG, FakeBackend, client

pytestmark = pytest.mark.anyio

CONTEXT = {
    "requestId": "request-1",
    "identity": {"apiKeyId": "key-1", "apiKey": "the-value-of-the-key"},
}


class Lines(logging.Handler):
    """Keeps the lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.__dict__["line"])


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    logger, handler = logging.getLogger("slm.gateway"), Lines()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.lines
    logger.removeHandler(handler)
    logger.setLevel(level)


async def ask(path: str = "/invoke", *, metrics: bool = True, stream: bool = False) -> None:
    app = create_app(replace(CONFIG, metrics=metrics), FakeBackend())
    headers = {CONTEXT_HEADER: json.dumps(CONTEXT)}
    async with client(app) as http:
        if path == "/invoke":
            body = {"prompt": "a secret", "stream": stream}
            await http.post(path, json=body, headers=headers)
        else:
            await http.get(path, headers=headers)


@pytest.mark.parametrize("stream", [False, True])
async def test_the_line_tells_who_and_how_much(lines: list[dict[str, Any]], stream: bool) -> None:
    await ask(metrics=False, stream=stream)
    [line] = lines
    times = {name: line.pop(name) for name in ("first_token_ms", "duration_ms")}
    assert all(isinstance(value, int) for value in times.values())
    assert line == {
        "event": "request",
        "request_id": "request-1",
        "key_id": "key-1",
        "method": "POST",
        "path": "/invoke",
        "model": "my-model",
        "stream": stream,
        "status": 200,
        "error": None,
        "prompt_tokens": 7,
        "generated_tokens": 2,
        "partial": False,
    }


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/v1/models/owner/name:tag", "/v1/models/owner/name:tag"),
        ("/%0a%1b%5b31m13:00 GET /", "/%0A%1B%5B31m13:00%20GET%20/"),
        ("/%e2%80%ae", "/%E2%80%AE"),
        ("/%ff", "/%EF%BF%BD"),
    ],
)
async def test_a_path_forges_no_line(lines: list[dict[str, Any]], path: str, logged: str) -> None:
    await ask(path)
    assert [line["path"] for line in lines] == [logged]


async def test_neither_key_nor_prompt_is_in_it(lines: list[dict[str, Any]]) -> None:
    await ask()
    assert "the-value-of-the-key" not in json.dumps(lines)
    assert "a secret" not in json.dumps(lines)


async def test_metrics_are_in_the_embedded_format(lines: list[dict[str, Any]]) -> None:
    """What the specification demands: every dimension and metric is a member beside ``_aws``."""
    await ask()
    [line] = lines
    metadata = line["_aws"]
    assert set(metadata) == {"Timestamp", "CloudWatchMetrics"}
    assert isinstance(metadata["Timestamp"], int)
    [directive] = metadata["CloudWatchMetrics"]
    assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
    assert directive["Dimensions"] == [["endpoint"]]
    assert line["endpoint"] == "test-endpoint"
    assert {m["Name"]: m["Unit"] for m in directive["Metrics"]} == METRICS
    for metric in directive["Metrics"]:
        assert isinstance(line[metric["Name"]], int | float)


async def test_a_key_is_no_dimension(lines: list[dict[str, Any]]) -> None:
    """It would be billed as further metrics for each key."""
    await ask()
    assert "key_id" not in json.dumps(lines[0]["_aws"])


async def test_what_never_reached_the_model_is_no_metric(lines: list[dict[str, Any]]) -> None:
    await ask("/health")
    assert "_aws" not in lines[0]
