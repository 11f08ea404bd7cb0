"""``POST /invoke`` in front of a model that says what it is told to."""

import pytest

from slm.errors import ModelFailed, ModelOverloaded
from slm.gateway.sse import encode
from tests.unit.fakes import HELLO, FakeBackend, chunk, events, gateway

pytestmark = pytest.mark.anyio

SEED_BODY = {
    "prompt": "What is the capital of France?",
    "parameters": {"max_new_tokens": 512, "temperature": 0.7, "top_p": 0.9},
}


async def test_the_seeds_request_gets_the_seeds_answer() -> None:
    backend = FakeBackend()
    async with gateway(backend) as client:
        answer = await client.post("/invoke", json=SEED_BODY)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "generated_text": "Hello world",
        "prompt": SEED_BODY["prompt"],
        "parameters": {**SEED_BODY["parameters"], "do_sample": True},
        "details": {"finish_reason": "stop", "prompt_tokens": 7, "generated_tokens": 2},
    }
    assert backend.bodies == [
        {
            "messages": [{"role": "user", "content": SEED_BODY["prompt"]}],
            "max_tokens": 512,
            "temperature": 0.7,
            "top_p": 0.9,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]


async def test_defaults_are_those_of_the_design() -> None:
    async with gateway(FakeBackend()) as client:
        answer = await client.post("/invoke", json={"prompt": "x"})
    assert answer.json()["parameters"] == {
        "max_new_tokens": 512,
        "temperature": 0.7,
        "top_p": 0.9,
        "do_sample": True,
    }


@pytest.mark.parametrize(
    ("given", "do_sample", "sent"),
    [
        ({"temperature": 0}, False, 0),
        ({"temperature": 0, "do_sample": False}, False, 0),
        ({"temperature": 0.5, "do_sample": False}, False, 0),
        ({"temperature": 0.5, "do_sample": True}, True, 0.5),
    ],
)
async def test_greedy_is_temperature_zero_at_the_model(
    given: dict[str, object], do_sample: bool, sent: float
) -> None:
    backend = FakeBackend()
    async with gateway(backend) as client:
        answer = await client.post("/invoke", json={"prompt": "x", "parameters": given})
    assert answer.json()["parameters"]["do_sample"] is do_sample
    assert backend.bodies[0]["temperature"] == sent


async def test_sampling_at_temperature_zero_contradicts_itself() -> None:
    body = {"prompt": "x", "parameters": {"temperature": 0, "do_sample": True}}
    async with gateway(FakeBackend()) as client:
        answer = await client.post("/invoke", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "parameters.do_sample"


async def test_stream_ends_with_the_whole_answer() -> None:
    async with gateway(FakeBackend()) as client:
        answer = await client.post("/invoke", json={"prompt": "x", "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    first, second, last = events(answer.text)
    assert [first, second] == [{"token": {"text": "Hello"}}, {"token": {"text": " world"}}]
    assert last["generated_text"] == "Hello world"
    assert last["prompt"] == "x"
    assert last["details"] == {"finish_reason": "stop", "prompt_tokens": 7, "generated_tokens": 2}


async def test_raw_prompt_uses_the_completions_form_where_there_is_one() -> None:
    parts = [encode(b'{"choices":[{"index":0,"text":" Paris","finish_reason":"stop"}]}'), HELLO[-1]]
    backend = FakeBackend(parts)
    body = {"prompt": "The capital is", "apply_chat_template": False}
    async with gateway(backend) as client:
        answer = await client.post("/invoke", json=body)
    assert answer.json()["generated_text"] == " Paris"
    assert backend.bodies[0]["prompt"] == "The capital is"
    assert "messages" not in backend.bodies[0]


async def test_what_the_engine_cannot_honour_is_refused_in_this_routes_words() -> None:
    body = {"prompt": "x", "parameters": {"top_k": 5}}
    async with gateway(FakeBackend()) as client:
        answer = await client.post("/invoke", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "parameters.top_k"
    assert "stop, seed" in answer.json()["message"]


async def test_the_completions_form_may_honour_more() -> None:
    parts = [encode(b'{"choices":[{"index":0,"text":"x","finish_reason":"stop"}]}'), HELLO[-1]]
    body = {"prompt": "x", "parameters": {"repetition_penalty": 1.1}}
    async with gateway(FakeBackend(parts)) as client:
        chat = await client.post("/invoke", json=body)
        raw = await client.post("/invoke", json=body | {"apply_chat_template": False})
    assert (chat.status_code, raw.status_code) == (400, 200)


async def test_raw_prompt_is_refused_where_there_is_none() -> None:
    body = {"prompt": "x", "apply_chat_template": False}
    async with gateway(FakeBackend(), engine="llama.cpp") as client:
        answer = await client.post("/invoke", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "apply_chat_template"
    assert "llama.cpp" in answer.json()["message"]


@pytest.mark.parametrize("stream", [False, True])
async def test_error_before_the_first_event_keeps_its_status(stream: bool) -> None:
    async with gateway(FakeBackend([ModelOverloaded("full")])) as client:
        answer = await client.post("/invoke", json={"prompt": "x", "stream": stream})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["error"]["code"] == "model_overloaded"


async def test_error_after_the_first_event_is_an_event() -> None:
    backend = FakeBackend([chunk("Hel"), ModelFailed("The model died.")])
    async with gateway(backend) as client:
        answer = await client.post("/invoke", json={"prompt": "x", "stream": True})
    assert answer.status_code == 200
    first, last = events(answer.text)
    assert first == {"token": {"text": "Hel"}}
    assert last["error"]["code"] == "model_failed"
    assert backend.open == 0


async def test_a_stream_that_just_ends_is_a_failure() -> None:
    async with gateway(FakeBackend([chunk("Hel")])) as client:
        answer = await client.post("/invoke", json={"prompt": "x"})
    assert answer.status_code == 502
    assert "broke off" in answer.json()["message"]
