"""The model servers that can run in the endpoint, and how they differ.

One ``Engine`` a server: its image, its container environment, and what a request to
its ``/invocations`` may hold. Everything that asks "can this engine do that?" reads
this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ModelSpec:
    """What a container is told about the model it serves.

    Attributes:
        hf_model_id: Hugging Face Hub repository.
        served_model_name: Name under which clients ask for it.
        quantize: Quantization method, in the engine's own word; empty for none.
        gguf_file: File inside a GGUF repository (llama.cpp only); empty otherwise.
        max_input_tokens: Longest prompt, in tokens.
        max_total_tokens: Longest prompt and answer together, in tokens.
    """

    hf_model_id: str
    served_model_name: str
    quantize: str
    gguf_file: str
    max_input_tokens: int
    max_total_tokens: int


@dataclass(frozen=True)
class Image:
    """A container image in the AWS Deep Learning Containers registry.

    The registry's account differs by region; the construct fills it in.
    """

    repository: str
    tag: str


@dataclass(frozen=True)
class Engine:
    """One model server.

    Attributes:
        name: Value of the setting ``engine``.
        chat_fields: Request field -> its name in the container's chat body, for every field
            that the container honours. A field that is not here is refused, never dropped.
        completion_fields: The same for the completions form; None where there is none.
        omit_at: Fields to leave out at this value, because the container refuses it although
            it means "off".
        quantize_values: What the setting ``quantize`` may be, besides empty.
    """

    name: str
    chat_fields: Mapping[str, str]
    completion_fields: Mapping[str, str] | None
    quantize_values: tuple[str, ...]
    omit_at: Mapping[str, float] = field(default_factory=dict)


# Stand-in until the research helper's table lands.
_COMMON = ("max_tokens", "temperature", "top_p", "stop", "seed", "frequency_penalty", "stream", "stream_options")
_CHAT = (*_COMMON, "messages", "presence_penalty", "response_format", "tools", "tool_choice", "logprobs", "top_logprobs")
_COMPLETION = (*_COMMON, "prompt")


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


TGI = Engine("tgi", _same(*_CHAT), _same(*_COMPLETION), ("bitsandbytes-nf4",), {"top_p": 1.0})
VLLM = Engine("vllm", _same(*_CHAT, "top_k", "min_p", "repetition_penalty", "n"), _same(*_COMPLETION), ("bitsandbytes",))
LLAMA_CPP = Engine("llama.cpp", _same(*_CHAT, "top_k", "min_p") | {"repetition_penalty": "repeat_penalty"}, None, ())

ENGINES: Mapping[str, Engine] = {e.name: e for e in (TGI, VLLM, LLAMA_CPP)}
