"""Does it fit: weights, activations, overhead, and what is left for keys and values."""

from dataclasses import dataclass
from typing import Final

from slm.planning.formats import SIXTEEN_BIT, WeightFormat
from slm.planning.hardware import HOPPER, Gpus
from slm.planning.memory_policy import MemoryPolicy
from slm.planning.models import ModelShape

GIB: Final = 2**30

_ACTIVATION_BYTES: Final = 2
_KV_BYTES: Final = {"auto": 2, "fp8": 1}

_EXPERT_TILE: Final = 256

_PROCESS_GIB: Final = 4.0
"""Main memory of a model server without its weights."""

_SHARD_GIB: Final = 5.0
"""The Hub's files of a model have at most about 5 GB, and pass through main memory one by one."""


@dataclass(frozen=True)
class MemoryUse:
    """A GPU's memory by part, GiB.

    Attributes:
        weights: The model's.
        kv_cache: Left for keys and values; 0 if nothing is.
        activations: Working memory of a prefill step, logits included.
        overhead: CUDA context, communication between GPUs, CUDA graphs.
        available: What the engine uses of the GPU in all.
        kv_tokens: Tokens whose keys and values fit, on all GPUs together.
    """

    weights: float
    kv_cache: float
    activations: float
    overhead: float
    available: float
    kv_tokens: int


def weight_bytes(shape: ModelShape, fmt: WeightFormat) -> float:
    """All weights of a model in a format."""
    if fmt.everywhere:
        return shape.parameters * fmt.bytes_per_weight
    if fmt.name == "mxfp4":
        dense = shape.linear_parameters - shape.expert_parameters
        other = 2 * (dense + shape.embedding_parameters)
        return shape.expert_parameters * fmt.bytes_per_weight + other
    linear = shape.linear_parameters - _unquantized(shape, fmt)
    return linear * fmt.bytes_per_weight + 2 * (shape.parameters - linear)


def padding_bytes(shape: ModelShape, fmt: WeightFormat, gpus: Gpus) -> float:
    """What vLLM adds to experts in MXFP4 on Hopper and newer.

    Their kernels there want a hidden size in multiples of 256: 2880 become 3072. Logged with 0.11
    on an H100: 13.47 GiB of gpt-oss-20b and 64.38 of 120b; unpadded on an RTX 3090: 12.88 of 20b.
    """
    if fmt.name != "mxfp4" or fmt.everywhere or not gpus.reaches(HOPPER):
        return 0.0
    padded = -(-shape.hidden_size // _EXPERT_TILE) * _EXPERT_TILE
    return shape.expert_parameters * fmt.bytes_per_weight * (padded / shape.hidden_size - 1)


def _unquantized(shape: ModelShape, fmt: WeightFormat) -> float:
    """Linear weights that a published checkpoint left in 16 bits.

    Llama-3.1-405B-FP8 has 8 bits in the MLPs only (model card: "all linear operators within the
    transformer blocks of MLPs", but the first and last block's).
    """
    if fmt.name != "fp8" or shape.parameters < 400e9 or shape.experts:
        return 0.0
    attention = (
        2 * shape.hidden_size * shape.head_dim * (shape.attention_heads + shape.kv_heads)
    ) * shape.layers
    return attention + 2 * 3 * shape.hidden_size * shape.intermediate_size


def kv_bytes_per_token(shape: ModelShape, gpus: int, kv_dtype: str) -> float:
    """Keys and values of a token on one GPU."""
    return shape.kv_bytes_per_token * _KV_BYTES[kv_dtype] / 2 * shape.kv_share(gpus)


def memory_use(
    shape: ModelShape, fmt: WeightFormat, gpus: Gpus, policy: MemoryPolicy, *, kv_dtype: str
) -> MemoryUse:
    """Divide a GPU.

    Activations are those of one block, which are freed before the next: the MLP's inner layer
    three times (gate, up, their product) and the residual stream four times, for each token of a
    prefill step.
    """
    inner = 3 * shape.intermediate_size * max(shape.experts_per_token, 1) / gpus.count
    per_token = _ACTIVATION_BYTES * (inner + 4 * shape.hidden_size)
    block = policy.prefill_tokens * per_token
    # Logits come after the last block, when its memory is free again.
    activations = max(block, policy.logit_bytes)
    available = gpus.memory_gib * policy.share
    weights = (weight_bytes(shape, fmt) + padding_bytes(shape, fmt, gpus)) / gpus.count / GIB
    per_kv = kv_bytes_per_token(shape, gpus.count, kv_dtype)
    kept = policy.kept_tokens * per_kv / GIB
    free = available - weights - activations / GIB - policy.overhead_gib - kept
    left = kept + free * policy.free_share if free > 0 else 0.0
    tokens = int(left * GIB / per_kv) // 16 * 16
    return MemoryUse(
        weights=weights,
        kv_cache=left,
        activations=activations / GIB,
        overhead=policy.overhead_gib,
        available=available - max(free, 0.0) * (1 - policy.free_share),
        kv_tokens=tokens,
    )


def host_memory_gib(shape: ModelShape, fmt: WeightFormat) -> float:
    """Main memory that loading takes: the process, and the file that is being read."""
    return _PROCESS_GIB + min(download_gib(shape, fmt), _SHARD_GIB)


def roomy_host_gib(shape: ModelShape, fmt: WeightFormat) -> float:
    """Main memory that also keeps the whole download: with less, the disk is read twice."""
    return _PROCESS_GIB + download_gib(shape, fmt)


def download_gib(shape: ModelShape, fmt: WeightFormat) -> float:
    """What comes from the Hub: quantization while loading needs the whole 16 bits."""
    return weight_bytes(shape, fmt if fmt.needs_checkpoint else SIXTEEN_BIT) / GIB
