"""What each engine does with a GPU's memory before it serves."""

from typing import Final

from slm.planning.engine_version import Version
from slm.planning.hardware import Gpus
from slm.planning.memory_policy import MemoryPolicy
from slm.planning.tgi_memory import tgi_policy
from slm.planning.vllm_memory import max_num_seqs, vllm_policy

_UNLIMITED: Final = 1_000_000

_LLAMA_CPP_RUNTIME_GIB: Final = 0.3
_LLAMA_CPP_BATCH: Final = 512
"""Tokens of its compute buffer (``--ubatch-size``), whose logits are in 32 bits."""


def most_requests(engine: str, version: Version, gpus: Gpus) -> int:
    """How many requests an engine computes together at most.

    Args:
        engine: ``tgi``, ``vllm`` or ``llama.cpp``.
        version: Its version.
        gpus: What it runs on.
    """
    return max_num_seqs(version, gpus) if engine == "vllm" else _UNLIMITED


def memory_policy(
    engine: str,
    version: Version,
    gpus: Gpus,
    *,
    vocab: int,
    context: int,
    max_input: int,
    share: float | None,
) -> MemoryPolicy:
    """An engine's policy.

    Args:
        engine: ``tgi``, ``vllm`` or ``llama.cpp``.
        version: Its version.
        gpus: What it runs on.
        vocab: Size of the vocabulary.
        context: Longest context, tokens.
        max_input: Longest prompt, tokens.
        share: Part of the memory, if it is not the engine's own.
    """
    if engine == "tgi":
        return tgi_policy(version, gpus, vocab=vocab, max_input=max_input, share=share)
    if engine == "vllm":
        return vllm_policy(version, gpus, vocab=vocab, context=context, share=share)
    return MemoryPolicy(
        share=share or 1.0,
        overhead_gib=_LLAMA_CPP_RUNTIME_GIB,
        prefill_tokens=_LLAMA_CPP_BATCH,
        logit_bytes=_LLAMA_CPP_BATCH * vocab * 4,
    )
