"""What an engine refuses whatever the memory."""

import math
from collections.abc import Iterator
from typing import Final

from slm.engines import ENGINES
from slm.planning.engine_version import Version
from slm.planning.formats import WeightFormat
from slm.planning.hardware import AMPERE, Gpus
from slm.planning.models import ModelShape
from slm.planning.obstacle import Obstacle

_LEAST: Final = {"tgi": 7.5, "vllm": 7.0}
"""Least compute capability that an engine has kernels for (vLLM's installation page: 7.0)."""

_TGI_FORMATS: Final = frozenset(
    {"", "bitsandbytes", "bitsandbytes-nf4", "eetq", "fp8", "gptq", "awq", "marlin", "exl2"}
    | {"w4a16", "w8a8", "w8a16", "gptq-8bit"}
)
_NOT_VLLM: Final = frozenset({"eetq", "exl2"})

_AMPERE_ONLY: Final = (2, 2)
"""The TGI that stops on a T4 whatever the model, by two reports (``docs/planning.md``)."""

_SLIDING: Final = frozenset(
    {"Gemma2ForCausalLM", "Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"}
)
"""Attention over a window: TGI's kernel for GPUs before Ampere has none."""

_OLD_WINDOWED: Final = frozenset({"Qwen2ForCausalLM", "MistralForCausalLM"})


def refusals(
    shape: ModelShape,
    fmt: WeightFormat,
    gpus: Gpus,
    *,
    engine: str,
    version: Version,
    dtype: str,
) -> Iterator[Obstacle]:
    """Each reason for which the engine would not start."""
    if gpus.capability is None:
        yield Obstacle(
            "no NVIDIA GPU",
            f"{gpus.name} is no NVIDIA GPU. {engine} is deployed in images for CUDA; Neuron needs "
            "another image, and a model that was compiled for it. Take an instance of g4dn, g5 or "
            "g6.",
        )
        return
    newest = ENGINES[engine].container.max_compute_capability
    if newest is not None and gpus.capability > newest:
        yield Obstacle(
            "GPU too new for engine",
            f"Engine {engine} has no kernels for {gpus.name} (compute capability "
            f"{gpus.capability}). Take an older GPU or another engine.",
        )
    yield from _format_refusals(fmt, gpus, engine)
    if dtype == "bfloat16" and gpus.capability < AMPERE:
        yield Obstacle(
            "no bfloat16",
            f"bfloat16 needs compute capability 8.0, and {gpus.name} has {gpus.capability}. "
            "Use float16.",
        )
    if shape.attention_heads % gpus.count:
        yield Obstacle(
            "heads not divisible",
            f"{shape.attention_heads} attention heads cannot be split over {gpus.count} GPUs. "
            f"Use {_largest_split(shape.attention_heads, gpus.count)} of them.",
        )
    elif (
        engine == "tgi"
        and shape.kv_heads % gpus.count
        and not shape.architecture.startswith(("GPTBigCode", "Falcon"))
    ):
        both = math.gcd(shape.attention_heads, shape.kv_heads)
        yield Obstacle(
            "heads not divisible",
            f"{shape.kv_heads} key-value heads cannot be split over {gpus.count} GPUs in TGI. "
            f"Use {_largest_split(both, gpus.count)} of them, or vLLM.",
        )
    if engine == "tgi" and gpus.capability < AMPERE and version.number == _AMPERE_ONLY:
        yield Obstacle(
            "GPU too old for engine",
            f"TGI 2.2 has attention kernels from compute capability 8.0 on only; {gpus.name} has "
            f"{gpus.capability}. Take another version.",
        )
    elif engine == "tgi" and gpus.capability < AMPERE:
        windowed = shape.architecture in _SLIDING or (
            version.before(3, 0) and shape.architecture in _OLD_WINDOWED
        )
        if windowed:
            yield Obstacle(
                "no windowed attention",
                f"{shape.architecture} attends over a sliding window, for which TGI needs "
                f"compute capability 8.0; {gpus.name} has {gpus.capability}.",
            )


def _format_refusals(fmt: WeightFormat, gpus: Gpus, engine: str) -> Iterator[Obstacle]:
    capability = gpus.capability or 0.0
    if capability < _LEAST.get(engine, 0.0):
        yield Obstacle(
            "GPU too old for engine",
            f"{engine} has no kernels for {gpus.name} (compute capability {capability}).",
        )
    for refused, words in (
        (
            engine != "llama.cpp" and capability < fmt.min_capability,
            f"{fmt.name} needs compute capability {fmt.min_capability}, and {gpus.name} has "
            f"{capability}.",
        ),
        (engine == "tgi" and fmt.name not in _TGI_FORMATS, f"TGI loads no {fmt.name} weights."),
        (
            engine == "tgi" and fmt.name == "fp8" and capability < AMPERE,
            f"TGI computes fp8 from compute capability 8.0 on; {gpus.name} has {capability}.",
        ),
        (engine == "vllm" and fmt.name in _NOT_VLLM, f"vLLM loads no {fmt.name} weights."),
        (
            engine == "llama.cpp" and bool(fmt.name) and not fmt.everywhere,
            f"llama.cpp loads GGUF files, and {fmt.name} is no type of these. Use Q4_K_M.",
        ),
        (
            engine == "tgi" and fmt.name == "exl2" and gpus.count > 1,
            "TGI loads exl2 weights on one GPU only.",
        ),
    ):
        if refused:
            yield Obstacle(f"no {fmt.name} here", words)


def warnings(shape: ModelShape, gpus: Gpus, *, engine: str, token: bool) -> Iterator[str]:
    """What may go wrong though nobody refuses it."""
    if shape.gated and not token:
        yield (
            f"{shape.name} is gated: accept its licence on the Hub, and set hf_token_secret (or "
            "hf_token_parameter)."
        )
    if engine == "tgi" and gpus.capability is not None and gpus.capability < AMPERE:
        yield (
            f"TGI's attention for {gpus.name} is an older and slower one; vLLM is the safer choice "
            "there for a model that is new."
        )


def _largest_split(heads: int, most: int) -> int:
    return max(n for n in (1, 2, 4, 8) if n <= most and not heads % n)
