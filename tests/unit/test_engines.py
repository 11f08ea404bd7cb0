"""The table of engines against what their sources say, and the page that shows it.

TGI: huggingface/text-generation-inference v3.3.6. vLLM: vllm-project/vllm, entrypoints/openai.
llama.cpp: ggml-org/llama.cpp, tools/server, and the running server of xllamacpp.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from slm.engines import ENGINES, LLAMA_CPP, TGI, VLLM, Engine
from slm.gateway.bodies import ChatRequest, CompletionRequest
from slm.gateway.container_request import LABELS

PAGE = Path(__file__).parents[2] / "docs" / "engines.md"

GATEWAYS_OWN = {"model", "max_completion_tokens"} | LABELS
"""Fields that no engine sees: answered, mapped or kept by the gateway."""

COLUMNS = (
    ("TGI chat", TGI.chat_fields),
    ("TGI completions", TGI.completion_fields),
    ("vLLM chat", VLLM.chat_fields),
    ("vLLM completions", VLLM.completion_fields),
    ("llama.cpp chat", LLAMA_CPP.chat_fields),
)

every_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=lambda e: str(e.name))


# --- The table as such -------------------------------------------------------------


def test_engines_are_found_by_name() -> None:
    assert {name: engine.name for name, engine in ENGINES.items()} == {
        name: name for name in ("tgi", "vllm", "llama.cpp")
    }


@every_engine
def test_the_gateways_own_fields_never_reach_a_container(engine: Engine) -> None:
    """``model`` least of all: TGI takes it for an adapter, vLLM refuses one it does not serve."""
    fields = set(engine.chat_fields) | set(engine.completion_fields or {})
    assert not fields & GATEWAYS_OWN


@every_engine
def test_a_request_can_hold_every_field_of_the_table(engine: Engine) -> None:
    assert set(engine.chat_fields) <= set(ChatRequest.__struct_fields__)
    assert set(engine.completion_fields or {}) <= set(CompletionRequest.__struct_fields__)


@every_engine
def test_every_engine_can_chat_and_stream(engine: Engine) -> None:
    assert {"messages", "max_tokens", "temperature", "stream"} <= set(engine.chat_fields)


@every_engine
def test_exceptions_are_for_fields_that_there_are(engine: Engine) -> None:
    honoured = set(engine.chat_fields) | set(engine.completion_fields or {})
    assert set(engine.omit_at) <= set(ChatRequest.__struct_fields__)
    assert engine.omit_when_greedy <= honoured


# --- TGI ---------------------------------------------------------------------------


def test_tgi_ignores_these_chat_fields() -> None:
    # router/src/lib.rs, ChatRequest: n and logit_bias are marked UNUSED; the rest is not there
    unread = {"n", "logit_bias", "top_k", "min_p", "typical_p", "parallel_tool_calls"}
    assert not unread & set(TGI.chat_fields)


def test_tgi_makes_something_else_of_a_presence_penalty() -> None:
    # router/src/lib.rs, try_into_generate: repetition_penalty = presence_penalty + 2
    assert "presence_penalty" not in TGI.chat_fields
    assert "repetition_penalty" not in TGI.chat_fields


def test_tgi_completions() -> None:
    assert TGI.completion_fields is not None
    # router/src/server.rs, completions: what it copies into the generation's parameters
    assert {"repetition_penalty", "frequency_penalty", "seed"} <= set(TGI.completion_fields)
    # server.rs: suffix is a 422, logprobs are always null; lib.rs: the others are not there
    unread = {"suffix", "logprobs", "echo", "n", "best_of", "top_k", "presence_penalty"}
    assert not unread & set(TGI.completion_fields)
    # lib.rs, CompletionRequest: no stream_options; server.rs: the last event has the usage
    assert "stream_options" not in TGI.completion_fields


def test_tgi_refuses_what_asks_for_nothing() -> None:
    # router/src/validation.rs: top_p must be below 1
    assert TGI.omit_at["top_p"] == 1
    # router/src/lib.rs, GrammarType: json, regex and json_schema, but no text
    assert TGI.omit_at["response_format"] == {"type": "text"}
    # router/src/infer/tool_grammar.rs: an empty list still makes it choose "no tool"
    assert TGI.omit_at["tools"] == []


def test_tgi_samples_at_temperature_0_if_it_gets_a_top_p() -> None:
    # server/text_generation_server/utils/tokens.py: sampling = do_sample or has_warpers
    assert TGI.omit_when_greedy == {"top_p"}


def test_tgi_takes_a_schema_under_value() -> None:
    # router/src/lib.rs, GrammarType: serde(tag = "type", content = "value")
    assert TGI.response_formats == {"json_schema": "value"}


def test_tgis_words_for_the_end() -> None:
    # router/src/lib.rs, FinishReason; server.rs, completions: "" as long as it goes on
    assert TGI.finish_reasons == {"eos_token": "stop", "stop_sequence": "stop", "": None}


def test_tgi_can_be_told_a_function() -> None:
    # router/src/infer/tool_grammar.rs: ToolChoice::Function
    assert TGI.named_tool_choice


def test_tgis_quantizations() -> None:
    # launcher/src/main.rs, enum Quantization
    assert set(TGI.quantize_values) == {
        *("awq", "compressed-tensors", "eetq", "exl2", "gptq", "marlin"),
        *("bitsandbytes", "bitsandbytes-nf4", "bitsandbytes-fp4", "fp8"),
    }


# --- vLLM --------------------------------------------------------------------------


def test_vllm_chat() -> None:
    # chat_completion/protocol.py, to_sampling_params
    sampling = {"n", "presence_penalty", "repetition_penalty", "top_k", "min_p", "logit_bias"}
    assert sampling <= set(VLLM.chat_fields)
    # vllm-project/vllm#26233: since 0.11 it keeps the first call only
    assert "parallel_tool_calls" in VLLM.chat_fields
    # protocol.py: not a field, so logged as ignored
    assert "typical_p" not in VLLM.chat_fields


def test_vllm_completions() -> None:
    assert VLLM.completion_fields is not None
    # completion/protocol.py, to_sampling_params; completion/serving.py for echo
    assert {"echo", "logprobs", "n", "logit_bias", "stream_options"} <= set(VLLM.completion_fields)
    # completion/serving.py: "suffix is not currently supported"; best_of went with engine V0
    assert not {"suffix", "best_of"} & set(VLLM.completion_fields)


def test_vllm_refuses_an_empty_list_of_tools() -> None:
    # chat_completion/protocol.py, check_tool_usage
    assert VLLM.omit_at == {"tools": []}


# --- llama.cpp ---------------------------------------------------------------------


def test_llama_cpp_chat() -> None:
    # server-task.cpp, params_from_json_cmpl; each one seen to change the running server's answer
    sampling = {"n", "presence_penalty", "top_k", "min_p", "typical_p", "logit_bias", "seed"}
    assert sampling <= set(LLAMA_CPP.chat_fields)
    # the same; under its OpenAI-like name it changed nothing
    assert LLAMA_CPP.chat_fields["repetition_penalty"] == "repeat_penalty"


def test_llama_cpps_image_has_no_completions() -> None:
    # llama_cpp_sagemaker.conf.template: /invocations is /v1/chat/completions
    assert LLAMA_CPP.completion_fields is None


def test_llama_cpp_drops_the_name_of_a_function() -> None:
    # server-common.cpp reads tool_choice as a string; the running server took an object, even
    # with the name of no tool, for "auto"
    assert not LLAMA_CPP.named_tool_choice


def test_llama_cpp_misreads_zero_top_logprobs() -> None:
    # Running server: 400 without logprobs, and with them no logprobs at all
    assert LLAMA_CPP.omit_at == {"top_logprobs": 0}


@pytest.mark.parametrize("engine", [VLLM, LLAMA_CPP], ids=["vllm", "llama.cpp"])
def test_openais_response_formats(engine: Engine) -> None:
    # vllm: engine/protocol.py, ResponseFormat; llama.cpp: server-common.cpp, and running
    assert engine.response_formats == {
        "text": None,
        "json_object": None,
        "json_schema": "json_schema",
    }
    assert engine.finish_reasons == {}
    assert not engine.omit_when_greedy


# --- docs/engines.md ---------------------------------------------------------------


def field_table() -> str:
    """The page's table of fields, as the code has it."""
    names = [*dict.fromkeys((*ChatRequest.__struct_fields__, *CompletionRequest.__struct_fields__))]
    rows = [["field", *(title for title, _ in COLUMNS)]]
    rows += [["---"] * len(rows[0])]
    rows += [
        [f"`{name}`", *(_cell(fields or {}, name) for _, fields in COLUMNS)]
        for name in sorted(names)
        if name not in GATEWAYS_OWN
    ]
    return _markdown(rows)


def image_table() -> str:
    """The page's table of images, as the code has it."""
    rows = [["engine", "hardware", "image", "`InferenceAmiVersion`"], ["---"] * 4]
    rows += [
        [
            engine.name,
            hardware.value,
            f"`{image.repository}:{image.tag}`",
            f"`{image.inference_ami}`" if image.inference_ami else "none",
        ]
        for engine in ENGINES.values()
        for hardware, image in engine.container.images.items()
    ]
    return _markdown(rows)


def _cell(fields: Mapping[str, str], name: str) -> str:
    if name not in fields:
        return "no"
    return "yes" if fields[name] == name else f"as `{fields[name]}`"


def _markdown(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@pytest.mark.parametrize(
    ("name", "expected"), [("fields", field_table()), ("images", image_table())]
)
def test_the_page_shows_the_table(name: str, expected: str) -> None:
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    page = PAGE.read_text(encoding="utf-8")
    shown = page.partition(begin)[2].partition(end)[0].strip()
    assert shown == expected, f"Put this between the marks:\n{expected}"


@every_engine
def test_the_page_names_each_quantization_and_variable(engine: Engine) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for word in (*engine.quantize_values, *engine.container.variables()):
        assert f"`{word}`" in page
