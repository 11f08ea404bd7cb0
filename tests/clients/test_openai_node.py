"""``openai`` for Node: ``openai_essentials.mjs`` does what an application does."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.twin_process import PATIENCE_S, Twin, settled

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def outcome(twin: Twin) -> dict[str, Any]:
    done = subprocess.run(
        ["node", "openai_essentials.mjs"],
        cwd=HERE,
        env=os.environ | {"OPENAI_BASE_URL": twin.base_url, "OPENAI_API_KEY": twin.key},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_lists_the_one_model(outcome: dict[str, Any], model: str) -> None:
    assert outcome["models"] == [model]
    assert outcome["retrieved"] == model


def test_answers_whole(outcome: dict[str, Any]) -> None:
    assert "Paris" in outcome["whole"]["content"]
    assert outcome["whole"]["finish"] == "stop"
    assert outcome["whole"]["request_id"]


def test_streams_what_it_would_answer_whole(outcome: dict[str, Any]) -> None:
    assert "".join(outcome["streamed"]["pieces"]) == outcome["whole"]["content"]
    assert len(outcome["streamed"]["pieces"]) > 3
    assert outcome["streamed"]["usage"]["completion_tokens"] > 3


def test_completes_a_text(outcome: dict[str, Any]) -> None:
    assert outcome["completed"].startswith(" 5")


def test_answers_in_the_form_of_a_schema(outcome: dict[str, Any]) -> None:
    assert outcome["schema"] == {"city": "Paris"}


def test_leaving_a_stream_frees_the_model(outcome: dict[str, Any], twin: Twin) -> None:
    assert outcome["abandoned"] == 3
    assert settled(lambda: twin.busy_slots() == 0)


@pytest.mark.parametrize(
    ("name", "status", "code", "param"),
    [
        ("wrongKey", 401, "invalid_api_key", None),
        ("wrongModel", 404, "model_not_found", "model"),
        ("badField", 400, "invalid_value", "temperature"),
    ],
)
def test_raises_its_own_errors(
    outcome: dict[str, Any], name: str, status: int, code: str, param: str | None
) -> None:
    error = outcome[name]
    assert error["raised"]
    assert (error["status"], error["code"], error["param"]) == (status, code, param)
