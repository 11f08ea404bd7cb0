"""What TGI does with a GPU's memory before it serves."""

from typing import Final

from slm.planning.engine_version import Version
from slm.planning.hardware import Gpus
from slm.planning.memory_policy import OLD_NCCL_GIB, MemoryPolicy, nccl_gib

USUAL_PROMPT: Final = 4095
"""The longest prompt that it takes where nobody tells it."""

_RUNTIME_GIB: Final = 0.3
_CUDA_GRAPHS_GIB: Final = 0.4
"""From 1.4 on."""

_OVERHEAD_BEFORE_30_GIB: Final = 1.0
"""At least, communication included: what its own count of tokens leaves unexplained (Llama-3.1-8B
on an A10G, Llama-3.1-70B on two A100, see ``docs/planning.md``)."""

_OLD_PCIE_NCCL_GIB: Final = 4.0
"""Before 1.1: no more, since Llama-2-70B in 16 bits ran on eight A10G, and 1.3 GiB more than later
ones at least, since vicuna-13b-16k was refused on two (issue 792)."""

_SHARE: Final = 0.9
"""TGI_WIGGLE_ROOM, of what ``--cuda-memory-fraction`` allows (TGI v3.3.6,
``server/text_generation_server/models/globals.py``)."""

_FREE_SHARE_BEFORE_30: Final = 0.95
"""Of what is free after the warm-up, which keeps its own tokens besides (TGI v2.2.0,
``server/text_generation_server/models/flash_causal_lm.py``)."""

_PREFILL_TOKENS: Final = 8192
_LEAST_PREFILL_TOKENS: Final = 1024
"""The warm-up from 3.0 on measures with about so many, and no more than the longest prompt."""

_PREFILL_TOKENS_BEFORE_20: Final = 4096
"""``--max-batch-prefill-tokens``, at least."""

_PREFILL_EDGE: Final = 50
"""From 2.0 to 3.0 that was the longest prompt and these (``launcher/src/main.rs``, v2.2.0)."""

_SEQS: Final = 32
"""The largest batch that the warm-up has (``CUDA_GRAPHS``)."""

_BYTES_PER_LOGIT: Final = 10
_BYTES_PER_LOGIT_BEFORE_30: Final = 6
"""Of the whole prompt then, in 16 bits, and their logarithms in 32."""


def tgi_policy(
    version: Version, gpus: Gpus, *, vocab: int, max_input: int, share: float | None
) -> MemoryPolicy:
    """Its policy; see ``engine_memory.memory_policy``."""
    graphs = 0.0 if version.before(1, 4) else _CUDA_GRAPHS_GIB
    runtime = _RUNTIME_GIB + _nccl_gib(version, gpus)
    if not version.before(3, 0):
        return MemoryPolicy(
            share=(share or 1.0) * _SHARE,
            overhead_gib=runtime + graphs,
            prefill_tokens=min(_PREFILL_TOKENS, max(max_input, _LEAST_PREFILL_TOKENS)),
            logit_bytes=_SEQS * vocab * _BYTES_PER_LOGIT,
        )
    tokens = (
        max(_PREFILL_TOKENS_BEFORE_20, max_input)
        if version.before(2, 0)
        else max_input + _PREFILL_EDGE
    )
    return MemoryPolicy(
        share=share or 1.0,
        overhead_gib=max(_OVERHEAD_BEFORE_30_GIB, runtime) + graphs,
        prefill_tokens=tokens,
        logit_bytes=tokens * vocab * _BYTES_PER_LOGIT_BEFORE_30,
        free_share=_FREE_SHARE_BEFORE_30,
        kept_tokens=tokens,
    )


def _nccl_gib(version: Version, gpus: Gpus) -> float:
    if gpus.count > 1 and version.before(1, 1):
        return OLD_NCCL_GIB if gpus.nvlink else _OLD_PCIE_NCCL_GIB
    return nccl_gib(gpus)
