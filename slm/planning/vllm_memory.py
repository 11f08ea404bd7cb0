"""What vLLM does with a GPU's memory before it serves."""

from typing import Final

from slm.planning.engine_version import Version
from slm.planning.hardware import AMPERE, HOPPER, Gpus
from slm.planning.memory_policy import OLD_NCCL_GIB, MemoryPolicy, nccl_gib

_RUNTIME_GIB: Final = 0.06
"""What it logs as non-torch memory on one GPU (0.01 to 0.12 GiB, see ``docs/planning.md``)."""

_RUNTIME_BEFORE_07_GIB: Final = 0.3
"""It let go of less before it measured: logs say 0.26 and 0.35 GiB."""

_NCCL_BEFORE_06_GIB: Final = 3.5
"""A 7B model on two T4 had 507 blocks in 0.4.3 (vllm-project/vllm issue 5248)."""

_SHARE: Final = 0.9
_SHARE_SINCE_027: Final = 0.92
"""``--gpu-memory-utilization`` (docs.vllm.ai, v0.10.2), and as logs of 0.27 to 0.31 have it."""

_BATCHED_TOKENS: Final = 2048
_LARGE_BATCHED_TOKENS: Final = 8192
"""``--max-num-batched-tokens``: of a step where prompts come in pieces."""

_SEQS: Final = 256
_LARGE_SEQS: Final = 1024
"""``--max-num-seqs``: the requests that it warms up for."""

_LARGE_GPU_GIB: Final = 70
"""From 0.8 on the larger defaults hold on GPUs newer than Ampere with this much memory
(vllm-project/vllm pull requests 16158 and 17073)."""

_WHOLE_PROMPT_TOKENS: Final = 32_768
"""Longest context whose prompts were computed whole before 0.8."""

_BYTES_PER_LOGIT: Final = 39
"""Logits in 16 and 32 bits, sorted with their 64-bit indices, summed up, masked, made
probabilities. Logged activation peaks of warm-ups that sample are 38.6 to 38.9 bytes times
sequences times vocabulary (Llama-3.1-8B: 1.19 GiB, Qwen3-8B: 1.40 GiB)."""

_BYTES_PER_LOGIT_SINCE_016: Final = 16
"""Sampled without sorting (Qwen3-8B on an H100 with 0.19: 2.4 GiB for 1024 sequences)."""


def max_num_seqs(version: Version, gpus: Gpus) -> int:
    """How many requests it computes together at most."""
    return _LARGE_SEQS if _has_large_defaults(version, gpus) else _SEQS


def vllm_policy(
    version: Version, gpus: Gpus, *, vocab: int, context: int, share: float | None
) -> MemoryPolicy:
    """Its policy; see ``engine_memory.memory_policy``."""
    return MemoryPolicy(
        share=share or (_SHARE_SINCE_027 if version.since(0, 27) else _SHARE),
        overhead_gib=(
            (_RUNTIME_BEFORE_07_GIB if version.before(0, 7) else _RUNTIME_GIB)
            + _nccl_gib(version, gpus)
        ),
        prefill_tokens=_prefill_tokens(version, gpus, context),
        logit_bytes=(
            _sampled_seqs(version, gpus, context)
            * vocab
            * (_BYTES_PER_LOGIT_SINCE_016 if version.since(0, 16) else _BYTES_PER_LOGIT)
        ),
    )


def _has_large_defaults(version: Version, gpus: Gpus) -> bool:
    return gpus.memory_gib >= _LARGE_GPU_GIB and gpus.reaches(HOPPER) and not version.before(0, 8)


def _nccl_gib(version: Version, gpus: Gpus) -> float:
    if gpus.count > 1 and version.before(0, 3):
        return OLD_NCCL_GIB
    if gpus.count > 1 and version.before(0, 6):
        return _NCCL_BEFORE_06_GIB
    return nccl_gib(gpus)


def _long_prompts_in_pieces(version: Version, context: int) -> bool:
    """Whether the context is one of those whose prompts alone came in pieces, before 0.8."""
    return version.before(0, 8) and context > _WHOLE_PROMPT_TOKENS


def _prefill_tokens(version: Version, gpus: Gpus, context: int) -> int:
    pieces = _LARGE_BATCHED_TOKENS if _has_large_defaults(version, gpus) else _BATCHED_TOKENS
    if _long_prompts_in_pieces(version, context):
        return pieces
    # Pieces need kernels that GPUs before Ampere got late.
    if version.before(0, 8) or not (gpus.reaches(AMPERE) or version.since(0, 10)):
        return max(context, _BATCHED_TOKENS)
    return pieces


def _sampled_seqs(version: Version, gpus: Gpus, context: int) -> int:
    """Requests of the warm-up that sample: a piece that is not a prompt's last samples nothing."""
    return 0 if _long_prompts_in_pieces(version, context) else max_num_seqs(version, gpus)
