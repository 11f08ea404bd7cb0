"""How an engine divides a GPU: what each one says of itself in the same words."""

from dataclasses import dataclass
from typing import Final

from slm.planning.hardware import Gpus

_PCIE_NCCL_GIB: Final = 0.25
_NVLINK_NCCL_GIB: Final = 1.0
"""vLLM logs 0.20 and 0.25 GiB more of non-torch memory where GPUs talk over PCIe, and 1.07 GiB over
NVLink."""

OLD_NCCL_GIB: Final = 13.0
"""The same in engines of 2023: Llama-2-70B on four A100 left 20,865 blocks of keys and values in
vLLM 0.2.6, where 31,615 would be free without (vllm-project/vllm pull request 2031), and 406,560
tokens in TGI 1.0 (huggingface/text-generation-inference issue 832)."""


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


def nccl_gib(gpus: Gpus) -> float:
    """What communication between GPUs takes of each, in current engines."""
    if gpus.count == 1:
        return 0.0
    return _NVLINK_NCCL_GIB if gpus.nvlink else _PCIE_NCCL_GIB
