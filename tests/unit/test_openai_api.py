"""``/v1`` in front of a model that says what it is told to."""

import json
from typing import Any

import pytest

from slm.errors import ModelFailed
from slm.gateway.sse import encode
from tests.unit.fakes import HELLO, FakeBackend, chunk, events, gateway

pytestmark = pytest.mark.anyio

MESSAGES = [{"role": "user", "content": "hi"}]


async def chat(backend: FakeBackend, *, engine: str = "tgi", **body: Any) -> Any:
    async with gateway(backend, engine=engine) as client:
        return await client.post("/v1/chat/completions", json={"messages": MESSAGES} | body)


async def test_whole_answer() -> None:
    answer = (await chat(FakeBackend())).json()
    assert answer == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "logprobs": None,
                "message": {"role": "assistant", "content": "Hello world"},
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9},
    }


async def test_stream_passes_as_bytes() -> None:
    answer = await chat(FakeBackend(), stream=True, stream_options={"include_usage": True})
    assert answer.content == b"".join(HELLO)
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["cache-control"] == "no-store"


async def test_usage_event_is_dropped_unless_asked_for() -> None:
    answer = await chat(FakeBackend(), stream=True)
    assert answer.content == b"".join(part for part in HELLO if b"usage" not in part)


async def test_null_usage_in_every_chunk_passes() -> None:
    parts = [chunk("Hi", usage=None), *HELLO[-2:]]
    answer = await chat(FakeBackend(parts), stream=True)
    assert answer.content == parts[0] + HELLO[-1]


async def test_usage_beside_a_choice_is_taken_out() -> None:
    parts = [chunk("Hi", usage={"prompt_tokens": 1, "completion_tokens": 1}), HELLO[-1]]
    answer = await chat(FakeBackend(parts), stream=True)
    first, last = events(answer.text)
    assert first["usage"] is None
    assert first["choices"][0]["delta"] == {"content": "Hi"}
    assert last == "[DONE]"


async def test_done_comes_once_and_nothing_after_it() -> None:
    answer = await chat(FakeBackend([*HELLO, chunk("late"), HELLO[-1]]), stream=True)
    assert answer.content.count(b"[DONE]") == 1
    assert answer.content.endswith(b"data: [DONE]\n\n")


async def test_fields_reach_the_model() -> None:
    backend = FakeBackend()
    schema = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
    answer = await chat(
        backend,
        engine="llama.cpp",
        max_completion_tokens=9,
        stop=["\n"],
        seed=1,
        top_k=3,
        response_format=schema,
        frequency_penalty=0.5,
    )
    assert answer.status_code == 200
    sent = backend.bodies[0]
    assert sent["max_tokens"] == 9
    assert (sent["stop"], sent["seed"], sent["top_k"]) == (["\n"], 1, 3)
    assert sent["response_format"] == schema
    assert "max_completion_tokens" not in sent
    assert "model" not in sent


async def test_notes_of_the_application_stay_here() -> None:
    backend = FakeBackend()
    notes = {
        "user": "u",
        "metadata": {"job": "nightly"},
        "safety_identifier": "s",
        "prompt_cache_key": "p",
        "service_tier": "auto",
        "modalities": ["text"],
    }
    assert (await chat(backend, **notes)).status_code == 200
    assert not backend.bodies[0].keys() & notes.keys()


async def test_developer_is_system_and_answers_may_come_back() -> None:
    backend = FakeBackend()
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "hi"}]},
        {"role": "assistant", "content": "Hello", "refusal": None, "annotations": []},
        {"role": "user", "content": "again"},
    ]
    await chat(backend, messages=messages)
    assert backend.bodies[0]["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "hi"}]},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "again"},
    ]


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"logit_bias": {"5": 1}}, "logit_bias", "unsupported_parameter"),
        ({"n": 2}, "n", "unsupported_parameter"),
        ({"top_k": 5}, "top_k", "unsupported_parameter"),
        ({"web_search": True}, "web_search", "unknown_parameter"),
        ({"max_tokens": 1, "max_completion_tokens": 2}, "max_completion_tokens", "invalid_value"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
        ({"top_logprobs": 2}, "top_logprobs", "invalid_value"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"service_tier": "priority"}, "service_tier", "unsupported_parameter"),
        ({"modalities": ["audio"]}, "modalities", "unsupported_parameter"),
        ({"metadata": {"tries": 3}}, "metadata[...]", "invalid_value"),
    ],
)
async def test_refused(body: dict[str, Any], param: str, code: str) -> None:
    backend = FakeBackend()
    answer = await chat(backend, **body)
    assert answer.status_code == 400
    assert (answer.json()["error"]["param"], answer.json()["error"]["code"]) == (param, code)
    assert backend.bodies == []


@pytest.mark.parametrize("model", ["my-model", "owner/repo", None])
async def test_the_served_models_names(model: str | None) -> None:
    assert (await chat(FakeBackend(), model=model)).status_code == 200


async def test_another_model_is_not_found() -> None:
    answer = await chat(FakeBackend(), model="gpt-4o")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"
    assert "my-model" in answer.json()["message"]


async def test_tool_calls_are_put_together() -> None:
    def piece(**call: Any) -> bytes:
        return chunk(choices=[{"index": 0, "delta": {"tool_calls": [{"index": 0, **call}]}}])

    parts = [
        piece(id="call_1", type="function", function={"name": "f", "arguments": ""}),
        piece(function={"arguments": '{"a":'}),
        piece(function={"arguments": " 1}"}),
        chunk(finish="tool_calls"),
        HELLO[-1],
    ]
    answer = (await chat(FakeBackend(parts))).json()
    assert answer["choices"][0]["message"] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "f", "arguments": '{"a": 1}'},
            }
        ],
    }
    assert answer["choices"][0]["finish_reason"] == "tool_calls"


async def test_several_choices_stay_apart() -> None:
    parts = [
        chunk(choices=[{"index": i, "delta": {"content": f"{word}{i}"}, "finish_reason": None}])
        for word in ("a", "b")
        for i in (1, 0)
    ]
    answer = (await chat(FakeBackend([*parts, HELLO[-1]]), engine="vllm", n=2)).json()
    assert [c["message"]["content"] for c in answer["choices"]] == ["a0b0", "a1b1"]


async def test_error_event_in_the_midst_of_a_stream() -> None:
    answer = await chat(FakeBackend([chunk("x"), ModelFailed("gone")]), stream=True)
    assert answer.status_code == 200
    assert events(answer.text)[-1]["error"]["message"] == "gone"
    assert b"[DONE]" not in answer.content


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (
            {
                "error": "`inputs` must have less than 10 tokens. Given: 20",
                "error_type": "validation",
            },
            400,
            "context_length_exceeded",
        ),
        ({"error": "Model is overloaded", "error_type": "overloaded"}, 429, "model_overloaded"),
        ({"error": "CUDA error", "error_type": "generation"}, 502, "model_failed"),
        (
            {"error": {"message": "bad schema", "type": "BadRequestError", "code": 400}},
            400,
            "invalid_request",
        ),
    ],
)
async def test_first_event_that_is_an_error_gives_its_status(
    event: dict[str, Any], status: int, code: str
) -> None:
    answer = await chat(FakeBackend([encode(json.dumps(event).encode())]), stream=True)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


async def test_models() -> None:
    async with gateway(FakeBackend()) as client:
        answer = (await client.get("/v1/models")).json()
    assert answer["object"] == "list"
    (model,) = answer["data"]
    assert (model["id"], model["object"], model["weights"]) == ("my-model", "model", "weights.gguf")
    assert isinstance(model["created"], int)


@pytest.mark.parametrize("name", ["my-model", "owner/repo", "owner%2Frepo"])
async def test_one_model_by_its_names(name: str) -> None:
    async with gateway(FakeBackend()) as client:
        listed = (await client.get("/v1/models")).json()["data"]
        assert [(await client.get(f"/v1/models/{name}")).json()] == listed


@pytest.mark.parametrize("name", ["gpt-4o", "owner/repo/", "", "%00", "a" * 5000])
async def test_no_other_model(name: str) -> None:
    async with gateway(FakeBackend()) as client:
        answer = await client.get(f"/v1/models/{name}")
    assert answer.status_code == 404
    assert len(answer.content) < 1000
    assert answer.json()["error"]["code"] == "model_not_found"


class TestCompletions:
    PARTS = (
        encode(
            b'{"id":"c","object":"text_completion","created":1,"model":"m",'
            b'"choices":[{"index":0,"text":" Pa"}]}'
        ),
        encode(b'{"id":"c","choices":[{"index":0,"text":"ris","finish_reason":"stop"}]}'),
        HELLO[-1],
    )

    async def test_whole(self) -> None:
        async with gateway(FakeBackend(self.PARTS)) as client:
            answer = (await client.post("/v1/completions", json={"prompt": "x"})).json()
        assert answer["object"] == "text_completion"
        assert answer["choices"][0]["text"] == " Paris"
        assert answer["choices"][0]["finish_reason"] == "stop"

    async def test_a_list_of_one_prompt_is_that_prompt(self) -> None:
        """LangChain sends lists only."""
        backend = FakeBackend(self.PARTS)
        async with gateway(backend) as client:
            answer = await client.post("/v1/completions", json={"prompt": ["x"]})
        assert answer.status_code == 200
        assert backend.bodies[0]["prompt"] == "x"

    @pytest.mark.parametrize("prompt", [[], ["a", "b"], [1], [""]])
    async def test_other_lists_are_refused(self, prompt: list[object]) -> None:
        backend = FakeBackend()
        async with gateway(backend) as client:
            answer = await client.post("/v1/completions", json={"prompt": prompt})
        assert answer.status_code == 400
        assert answer.json()["error"]["param"].startswith("prompt")
        assert not backend.bodies

    async def test_stream(self) -> None:
        async with gateway(FakeBackend(self.PARTS)) as client:
            answer = await client.post("/v1/completions", json={"prompt": "x", "stream": True})
        assert answer.content == b"".join(self.PARTS)

    async def test_refused_where_the_engine_has_none(self) -> None:
        async with gateway(FakeBackend(), engine="llama.cpp") as client:
            answer = await client.post("/v1/completions", json={"prompt": "x"})
        assert answer.status_code == 400
        assert "llama.cpp" in answer.json()["message"]
