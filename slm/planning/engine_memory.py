"""What each engine does with a GPU's memory."""

from dataclasses import dataclass
from typing import Final

from slm.planning.errors import PlanError

GIB: Final = 2**30

_RUNTIME_GIB: Final = 0.06
"""What vLLM logs as non-torch memory on one GPU (0.01 to 0.12 GiB, see ``docs/planning.md``)."""

_OLD_VLLM_RUNTIME_GIB: Final = 0.3
"""The same before 0.7, which let go of less before it measured: logs say 0.26 and 0.35 GiB."""

_TGI_RUNTIME_GIB: Final = 0.3
_OLD_TGI_RUNTIME_GIB: Final = 1.0
"""Least of TGI before 3.0, communication included: what its own count of tokens leaves unexplained
(Llama-3.1-8B on an A10G, Llama-3.1-70B on two A100, see ``docs/planning.md``)."""

_NCCL_GIB: Final = 0.25
_NVLINK_NCCL_GIB: Final = 1.0
"""On top of it where several GPUs talk to each other: vLLM logs 0.20 and 0.25 GiB of non-torch
memory over PCIe, and 1.07 GiB over NVLink."""

_NCCL_OF_2023_GIB: Final = 13.0
"""The same in engines of 2023: Llama-2-70B on four A100 left 20,865 blocks of keys and values in
vLLM 0.2.6, where 31,615 would be free without (vllm-project/vllm pull request 2031), and 406,560
tokens in TGI 1.0 (huggingface/text-generation-inference issue 832)."""

_PCIE_OF_2023_GIB: Final = 4.0
"""In TGI over PCIe: no more, since Llama-2-70B in 16 bits ran on eight A10G, and 1.3 GiB more than
later ones at least, since vicuna-13b-16k was refused on two (issue 792)."""

_NCCL_BEFORE_06_GIB: Final = 3.5
"""In vLLM 0.3 to 0.5: a 7B model on two T4 had 507 blocks (vllm-project/vllm issue 5248)."""

_CUDA_GRAPHS_GIB: Final = 0.4

_VLLM_SHARE: Final = 0.9
_LATE_VLLM_SHARE: Final = 0.92
"""``--gpu-memory-utilization`` (docs.vllm.ai, v0.10.2), and as logs of 0.27 to 0.31 have it."""

_TGI_SHARE: Final = 0.9
"""TGI_WIGGLE_ROOM, of what ``--cuda-memory-fraction`` allows (TGI v3.3.6,
``server/text_generation_server/models/globals.py``)."""

_OLD_TGI_FREE_SHARE: Final = 0.95
"""Of what is free after the warm-up, which keeps its own tokens besides (TGI v2.2.0,
``server/text_generation_server/models/flash_causal_lm.py``)."""

_CHUNK_TOKENS: Final = 2048
_LARGE_CHUNK_TOKENS: Final = 8192
_SEQUENCES: Final = 256
_LARGE_SEQUENCES: Final = 1024
_UNLIMITED: Final = 1_000_000
_LARGE_GPU_GIB: Final = 70
"""Tokens of a prefill step where prompts come in pieces, and requests (``--max-num-seqs``) that
vLLM warms up for; from 0.8 on the larger ones on GPUs newer than Ampere with 70 GiB and more
(vllm-project/vllm pull requests 16158 and 17073)."""

_TGI_CHUNK_TOKENS: Final = 8192
"""TGI's own warm-up from 3.0 on measures with about this."""

_OLD_PREFILL_TOKENS: Final = 4096
"""TGI's ``--max-batch-prefill-tokens`` before 2.0, and least of it."""

USUAL_PROMPT: Final = 4095
"""The longest prompt that TGI takes where nobody tells it."""

_PREFILL_EDGE: Final = 50
"""From 2.0 to 3.0 that was the longest prompt and these (``launcher/src/main.rs``, v2.2.0)."""

_TGI_SEQUENCES: Final = 32
"""The largest batch that TGI warms up with (``CUDA_GRAPHS``)."""

_UNCHUNKED: Final = 32_768
"""Longest context whose prompts vLLM before 0.8 computed whole."""

_AMPERE: Final = 8.0
_HOPPER: Final = 9.0

_BYTES_PER_SAMPLED_LOGIT: Final = 39
"""Logits in 16 and 32 bits, sorted with their 64-bit indices, summed up, masked, made
probabilities. Logged activation peaks of warm-ups that sample are 38.6 to 38.9 bytes times
sequences times vocabulary (Llama-3.1-8B: 1.19 GiB, Qwen3-8B: 1.40 GiB)."""

_BYTES_PER_UNSORTED_LOGIT: Final = 16
"""The same in vLLM from 0.16 on, which samples without sorting (Qwen3-8B on an H100 with 0.19:
2.4 GiB for 1024 sequences)."""

_BYTES_PER_PREFILL_LOGIT: Final = 6
"""TGI before 3.0 keeps logits of the whole prompt in 16 bits and their logarithms in 32."""


@dataclass(frozen=True)
class Version:
    """An engine's version, as far as memory and speed depend on it.

    Without a number it is a current one, of which that is planned that needs more memory: what
    the very newest do better counts where their number is told.

    Attributes:
        number: Major and minor; None if it is not told.
    """

    number: tuple[int, int] | None

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read ``0.9.2``, ``2.2.0``; empty if it is not told.

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

    def since(self, major: int, minor: int) -> bool:
        """Whether it is told to be that one or newer."""
        return self.number is not None and self.number >= (major, minor)


def most_requests(engine: str, version: Version, *, capability: float, memory_gib: float) -> int:
    """How many requests an engine computes together at most.

    Args:
        engine: ``tgi``, ``vllm`` or ``llama.cpp``.
        version: Its version.
        capability: The GPU's CUDA compute capability.
        memory_gib: What a process sees of it.
    """
    if engine != "vllm":
        return _UNLIMITED
    large = _warms_up_for_more(version, capability, memory_gib)
    return _LARGE_SEQUENCES if large else _SEQUENCES


def _warms_up_for_more(version: Version, capability: float, memory_gib: float) -> bool:
    return memory_gib >= _LARGE_GPU_GIB and capability >= _HOPPER and not version.before(0, 8)


@dataclass(frozen=True)
class MemoryPolicy:
    """How an engine divides a GPU.

    Attributes:
        share: Part of the addressable memory that it uses.
        overhead_gib: CUDA context, communication, graphs.
        prefill_tokens: Tokens computed at once while it measures its own need.
        logit_bytes: Logits at that time, bytes.
        free_share: Part of what is then left that it gives to keys and values.
        kept_tokens: Tokens whose keys and values it has by then, and keeps.
    """

    share: float
    overhead_gib: float
    prefill_tokens: int
    logit_bytes: float
    free_share: float = 1.0
    kept_tokens: int = 0


def memory_policy(
    engine: str,
    version: Version,
    *,
    gpus: int,
    nvlink: bool,
    capability: float,
    memory_gib: float,
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
        nvlink: Whether these talk over NVLink.
        capability: Their CUDA compute capability.
        memory_gib: What a process sees of each.
        vocab: Size of the vocabulary.
        context: Longest context, tokens.
        max_input: Longest prompt, tokens.
        share: Part of the memory, if it is not the engine's own.
    """
    nccl = 0.0 if gpus == 1 else _NVLINK_NCCL_GIB if nvlink else _NCCL_GIB
    if engine == "tgi":
        if gpus > 1 and version.before(1, 1):
            nccl = _NCCL_OF_2023_GIB if nvlink else _PCIE_OF_2023_GIB
        return _tgi_policy(version, nccl=nccl, vocab=vocab, max_input=max_input, share=share)
    if engine == "vllm":
        large = _warms_up_for_more(version, capability, memory_gib)
        tokens = _LARGE_CHUNK_TOKENS if large else _CHUNK_TOKENS
        sequences = most_requests(engine, version, capability=capability, memory_gib=memory_gib)
        if version.before(0, 8) and context > _UNCHUNKED:
            # Long contexts came in pieces first, and a piece that is not the last samples nothing.
            sequences = 0
        elif version.before(0, 8) or (capability < _AMPERE and not version.since(0, 10)):
            # Pieces need kernels that GPUs before Ampere got late.
            tokens = max(context, _CHUNK_TOKENS)
        logit = _BYTES_PER_UNSORTED_LOGIT if version.since(0, 16) else _BYTES_PER_SAMPLED_LOGIT
        runtime = _OLD_VLLM_RUNTIME_GIB if version.before(0, 7) else _RUNTIME_GIB
        if gpus > 1 and version.before(0, 6):
            nccl = _NCCL_OF_2023_GIB if version.before(0, 3) else _NCCL_BEFORE_06_GIB
        usual = _LATE_VLLM_SHARE if version.since(0, 27) else _VLLM_SHARE
        return MemoryPolicy(share or usual, runtime + nccl, tokens, sequences * vocab * logit)
    return MemoryPolicy(share or 1.0, _TGI_RUNTIME_GIB, 512, 512 * vocab * 4)


def _tgi_policy(
    version: Version, *, nccl: float, vocab: int, max_input: int, share: float | None
) -> MemoryPolicy:
    graphs = 0.0 if version.before(1, 4) else _CUDA_GRAPHS_GIB
    if version.before(3, 0):
        old = version.before(2, 0)
        tokens = max(_OLD_PREFILL_TOKENS, max_input) if old else max_input + _PREFILL_EDGE
        return MemoryPolicy(
            share or 1.0,
            max(_OLD_TGI_RUNTIME_GIB, _TGI_RUNTIME_GIB + nccl) + graphs,
            tokens,
            tokens * vocab * _BYTES_PER_PREFILL_LOGIT,
            free_share=_OLD_TGI_FREE_SHARE,
            kept_tokens=tokens,
        )
    tokens = min(_TGI_CHUNK_TOKENS, max(max_input, 1024))
    return MemoryPolicy(
        (share or 1.0) * _TGI_SHARE,
        _TGI_RUNTIME_GIB + nccl + graphs,
        tokens,
        _TGI_SEQUENCES * vocab * 10,
    )
