"""What each engine does with a GPU's memory."""

from dataclasses import dataclass
from typing import Final

from slm.planning.errors import PlanError

GIB: Final = 2**30

_CUDA_CONTEXT_GIB: Final = 0.3
_NCCL_GIB: Final = 0.4
_CUDA_GRAPHS_GIB: Final = 0.4

_VLLM_DEFAULT_SHARE: Final = 0.9
"""``--gpu-memory-utilization`` of most versions (docs.vllm.ai, v0.10.2; 0.92 in the newest)."""

_TGI_SHARE: Final = 0.9
"""TGI_WIGGLE_ROOM, of what ``--cuda-memory-fraction`` allows (TGI v3.3.6,
``server/text_generation_server/models/globals.py``)."""

_CHUNK_TOKENS: Final = 8192
"""Tokens of a prefill step where prompts come in pieces: vLLM's from 0.6.4 on, and TGI's own
warm-up from 3.0 on measure with about this."""

_OLD_PREFILL_TOKENS: Final = 4096
"""TGI's ``--max-batch-prefill-tokens`` before 3.0."""

_SEQUENCES: Final = 256
"""``--max-num-seqs`` of vLLM: its warm-up samples for so many."""

_AMPERE: Final = 8.0

_BYTES_PER_SAMPLED_LOGIT: Final = 10
"""Logits in 16 bits, in 32, and sorted."""

_BYTES_PER_PREFILL_LOGIT: Final = 6
"""TGI before 3.0 keeps logits of the whole prompt in 16 bits and their logarithms in 32."""


@dataclass(frozen=True)
class Version:
    """An engine's version, as far as memory and speed depend on it.

    Attributes:
        number: Major and minor; None for the newest.
    """

    number: tuple[int, int] | None

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read ``0.9.2``, ``2.2.0``; empty for the newest.

        Raises:
            PlanError: It is no version.
        """
        if not text:
            return cls(None)
        parts = text.split(".")
        try:
            return cls((int(parts[0]), int(parts[1]) if len(parts) > 1 else 0))
        except ValueError:
            raise PlanError(f"--engine-version {text}: must be numbers, such as 0.9.2.") from None

    def before(self, major: int, minor: int) -> bool:
        """Whether it is older."""
        return self.number is not None and self.number < (major, minor)


@dataclass(frozen=True)
class MemoryPolicy:
    """How an engine divides a GPU.

    Attributes:
        share: Part of the addressable memory that it uses.
        overhead_gib: CUDA context, communication, graphs.
        prefill_tokens: Tokens computed at once while it measures its own need.
        logit_bytes: Logits at that time, bytes.
        whole_context: Whether it refuses to start unless one request of the longest context fits.
    """

    share: float
    overhead_gib: float
    prefill_tokens: int
    logit_bytes: float
    whole_context: bool


def memory_policy(
    engine: str,
    version: Version,
    *,
    gpus: int,
    capability: float,
    vocab: int,
    context: int,
    max_input: int,
    share: float | None,
) -> MemoryPolicy:
    """An engine's policy.

    Args:
        engine: ``tgi``, ``vllm`` or ``llama.cpp``.
        version: Its version.
        gpus: GPUs that the model is split over.
        capability: Their CUDA compute capability.
        vocab: Size of the vocabulary.
        context: Longest context, tokens.
        max_input: Longest prompt, tokens.
        share: Part of the memory, if it is not the engine's own.
    """
    overhead = _CUDA_CONTEXT_GIB + (_NCCL_GIB if gpus > 1 else 0)
    sampled = _SEQUENCES * vocab * _BYTES_PER_SAMPLED_LOGIT
    if engine == "vllm":
        # Prompts in pieces need kernels that GPUs before Ampere have not.
        chunked = not version.before(0, 6) and capability >= _AMPERE
        tokens = min(max(context, 2048), 32_768) if not chunked else min(_CHUNK_TOKENS, context)
        return MemoryPolicy(
            share or _VLLM_DEFAULT_SHARE, overhead, max(tokens, 2048), sampled, True
        )
    if engine == "tgi":
        graphs = 0.0 if version.before(1, 4) else _CUDA_GRAPHS_GIB
        fraction = (share or 1.0) * _TGI_SHARE
        if version.before(3, 0):
            tokens = max(_OLD_PREFILL_TOKENS, max_input)
            logits = tokens * vocab * _BYTES_PER_PREFILL_LOGIT
            return MemoryPolicy(fraction, overhead + graphs, tokens, logits, True)
        return MemoryPolicy(
            fraction, overhead + graphs, min(_CHUNK_TOKENS, max(max_input, 1024)), sampled / 8, True
        )
    return MemoryPolicy(share or 1.0, overhead, 512, 512 * vocab * 4, True)
