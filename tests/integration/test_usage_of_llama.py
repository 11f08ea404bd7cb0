"""What the gateway says a key used, beside what the real llama.cpp counted."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from slm.local.database import Database
from slm.usage.local import LocalUsage
from slm.usage.records import RequestUsage
from tests.clients.twin_process import PATIENCE_S, UNLIMITED, Twin, running_twin, settled

SETTINGS: Final = UNLIMITED | {
    "SLM_ENGINE": "llama.cpp",
    "SLM_QUANTIZE": "",
    "SLM_INSTANCE_TYPE": "ml.c6i.2xlarge",
}

EMOJI: Final = "Repeat exactly: 🦙🦙🦙 ünïcödé 日本語"
"""Its answer has characters of several tokens: not every token has an event of its own."""


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running_twin(tmp_path_factory.mktemp("twin"), SETTINGS) as twin:
        yield twin


def used(twin: Twin) -> list[RequestUsage]:
    """The requests so far, in order."""
    database = Database(twin.directory / ".slm" / "slm.sqlite")
    try:
        found = LocalUsage(database).requests(datetime.now(UTC) - timedelta(hours=1))
        return sorted(found, key=lambda request: request.time)
    finally:
        database.close()


def counted(twin: Twin) -> int:
    """Tokens that llama.cpp has generated, in requests that came to their end."""
    headers = {"authorization": f"Bearer {twin.model_key}"}
    url = f"{twin.model_url}/metrics"
    text = httpx.get(url, headers=headers, timeout=PATIENCE_S, trust_env=False).text
    found = re.search(r"^llamacpp:tokens_predicted_total (\d+)", text, re.MULTILINE)
    assert found
    return int(found[1])


def body(text: str, *, tokens: int, stream: bool) -> dict[str, Any]:
    return {
        "messages": [{"role": "user", "content": text}],
        "max_tokens": tokens,
        "temperature": 0,
        "stream": stream,
    }


def client(twin: Twin) -> httpx.Client:
    headers = {"x-api-key": twin.key}
    return httpx.Client(
        base_url=twin.base_url, headers=headers, timeout=PATIENCE_S, trust_env=False
    )


def test_whole_answers_and_streams_add_up(twin: Twin) -> None:
    generated, requests = counted(twin), len(used(twin))
    with client(twin) as http:
        for number in range(20):
            asked = body(EMOJI, tokens=1 + number, stream=bool(number % 2))
            assert http.post("/chat/completions", json=asked).status_code == 200

    # A request is noted when its answer has gone out.
    assert settled(lambda: len(used(twin)) == requests + 20)
    now = used(twin)[requests:]
    assert sum(request.generated_tokens for request in now) == counted(twin) - generated
    assert len({request.prompt_tokens for request in now}) == 1
    assert not any(request.partial for request in now)


def test_a_stream_that_is_left_counts_what_llama_had_told(twin: Twin) -> None:
    with client(twin) as http:
        before = len(used(twin))
        whole = http.post("/chat/completions", json=body(EMOJI, tokens=1, stream=False)).json()
        # A request is noted when its answer has gone out.
        assert settled(lambda: len(used(twin)) > before)
        requests = len(used(twin))
        received = 0
        asked = body(EMOJI, tokens=500, stream=True)
        with http.stream("POST", "/chat/completions", json=asked) as answer:
            for line in answer.iter_lines():
                data = line.removeprefix("data: ")
                if data and json.loads(data)["choices"][0]["delta"].get("content"):
                    received += 1
                if received == 10:
                    break
    assert settled(lambda: len(used(twin)) > requests)
    assert settled(lambda: twin.busy_slots() == 0)

    (left,) = used(twin)[requests:]
    assert left.partial
    assert left.prompt_tokens == whole["usage"]["prompt_tokens"]
    assert received <= left.generated_tokens < 500


def test_running_counts_stay_within(twin: Twin) -> None:
    """They are for the gateway: a client sees what any engine would send."""
    with client(twin) as http:
        asked = body("Hi", tokens=4, stream=True)
        text = http.post("/chat/completions", json=asked).text
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    assert len(events) >= 4
    assert not [event for event in events if "timings" in event]
