"""The model servers that can run in the endpoint, and how they differ.

One ``Engine`` a server: its container, and what a request to its ``/invocations`` may hold.
Everything that asks "can this engine do that?" reads this table. ``docs/engines.md`` has the
sources, and how each engine says that something went wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from slm.containers import (
    LLAMA_CPP_CONTAINER,
    TGI_CONTAINER,
    VLLM_CONTAINER,
    Container,
    Image,
    ModelSpec,
)

__all__ = ["ENGINES", "LLAMA_CPP", "TGI", "VLLM", "Engine", "Image", "ModelSpec"]


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One model server.

    Attributes:
        container: What runs in the endpoint.
        chat_fields: Request field -> its name in the container's chat body, for every field
            that the container honours. A field that is not here is refused, never dropped.
        completion_fields: The same for the completions form; None where there is none.
        response_formats: Type of ``response_format`` that the container honours -> the key
            under which it wants what OpenAI's API has under ``json_schema``; None where the
            type stands alone.
        named_tool_choice: Whether ``tool_choice`` may name a function.
        omit_at: Field -> value at which to leave it out: it asks for nothing, but the container
            refuses it or takes it for something.
        omit_when_greedy: Fields to leave out at temperature 0: with one of them the container
            samples again.
        never_together: Fields of which the container honours one only in a request.
        finish_reasons: The container's ``finish_reason`` -> OpenAI's, where they differ.
        quantize_values: What the setting ``quantize`` may be, besides empty.
        running_counts: Fields that make the container tell in each event how many tokens there
            are so far, in llama.cpp's form (``timings``); empty where it cannot.
    """

    container: Container
    chat_fields: Mapping[str, str]
    completion_fields: Mapping[str, str] | None
    response_formats: Mapping[str, str | None]
    named_tool_choice: bool
    quantize_values: tuple[str, ...]
    omit_at: Mapping[str, object]
    omit_when_greedy: frozenset[str] = frozenset()
    never_together: tuple[tuple[str, str], ...] = ()
    finish_reasons: Mapping[str, str | None] = field(default_factory=dict)
    running_counts: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Value of the setting ``engine``."""
        return self.container.engine


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_COMMON: Final = (
    "max_tokens",
    "temperature",
    "top_p",
    "stop",
    "seed",
    "frequency_penalty",
    "stream",
)
_CHAT: Final = (
    "messages",
    *_COMMON,
    "stream_options",
    "logprobs",
    "top_logprobs",
    "response_format",
    "tools",
    "tool_choice",
)
_MORE_SAMPLING: Final = ("n", "top_k", "min_p", "presence_penalty", "logit_bias")
_OPENAI_FORMATS: Final[Mapping[str, str | None]] = {
    "text": None,
    "json_object": None,
    "json_schema": "json_schema",
}

TGI: Final = Engine(
    container=TGI_CONTAINER,
    # Not presence_penalty: TGI adds 2 to it and takes it for a repetition penalty.
    chat_fields=_same(*_CHAT),
    # Not stream_options: usage stands in the last event, asked for or not.
    completion_fields=_same("prompt", *_COMMON, "repetition_penalty"),
    response_formats={"json_schema": "value"},
    named_tool_choice=True,
    omit_at={
        "top_p": 1.0,
        "top_logprobs": 0,
        "response_format": {"type": "text"},
        "tools": [],
        # It makes one call at most.
        "parallel_tool_calls": False,
    },
    omit_when_greedy=frozenset({"top_p"}),
    never_together=(("tools", "response_format"),),
    finish_reasons={"eos_token": "stop", "stop_sequence": "stop", "": None},
    quantize_values=(
        "bitsandbytes-nf4",
        "bitsandbytes-fp4",
        "bitsandbytes",
        "eetq",
        "fp8",
        "awq",
        "gptq",
        "marlin",
        "exl2",
        "compressed-tensors",
    ),
)

VLLM: Final = Engine(
    container=VLLM_CONTAINER,
    chat_fields=_same(*_CHAT, *_MORE_SAMPLING, "repetition_penalty", "parallel_tool_calls"),
    completion_fields=_same(
        "prompt",
        *_COMMON,
        *_MORE_SAMPLING,
        "repetition_penalty",
        "stream_options",
        "logprobs",
        "echo",
    ),
    response_formats=_OPENAI_FORMATS,
    named_tool_choice=True,
    omit_at={"tools": []},
    quantize_values=(
        "bitsandbytes",
        "fp8",
        "awq",
        "awq_marlin",
        "gptq",
        "gptq_marlin",
        "compressed-tensors",
    ),
)

LLAMA_CPP: Final = Engine(
    container=LLAMA_CPP_CONTAINER,
    chat_fields=_same(*_CHAT, *_MORE_SAMPLING, "typical_p", "parallel_tool_calls")
    | {"repetition_penalty": "repeat_penalty"},
    completion_fields=None,
    response_formats=_OPENAI_FORMATS,
    named_tool_choice=False,
    omit_at={"top_logprobs": 0},
    # In a stream, which is what the gateway always asks for.
    never_together=(("tools", "logprobs"),),
    quantize_values=(),
    running_counts={"timings_per_token": True},
)

ENGINES: Final[Mapping[str, Engine]] = {e.name: e for e in (TGI, VLLM, LLAMA_CPP)}
