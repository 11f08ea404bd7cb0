"""The causes that a twin can have, in the words of a machine of one's own.

Whatever else the knowledge holds needs something of AWS, and is never said of a twin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class TwinCause:
    """What a cause is on this machine.

    Attributes:
        title: What happened, in one sentence.
        fix: What to do; sentences.
    """

    title: str
    fix: str


_LESS_MEMORY: Final = (
    "Start it with a smaller model or fewer slots (slm local --model NAME --slots 1)."
)

TWIN_CAUSES: Final[Mapping[str, TwinCause]] = {
    "gpu_oom_weights": TwinCause("The memory ended while the model was loaded.", _LESS_MEMORY),
    "gpu_oom_kv_cache_warmup": TwinCause(
        "The model fits the memory, but its slots do not fit beside it.", _LESS_MEMORY
    ),
    "gpu_oom_runtime": TwinCause("The memory ended under requests.", _LESS_MEMORY),
    "host_oom": TwinCause(
        "The model's process was killed, most likely because memory ended.", _LESS_MEMORY
    ),
    "disk_full": TwinCause("The disk is full.", "Free space on it, and start the twin again."),
    "unsupported_architecture": TwinCause(
        "The installed llama.cpp does not know this kind of model.",
        "Choose another model with slm local --model, or install a newer llama.cpp.",
    ),
    "model_not_found": TwinCause(
        "There is no such model: the name or the file is wrong.",
        "Look at what --model names, and start the twin again.",
    ),
    "gated_model_no_token": TwinCause(
        "The Hub does not give this model away without a token that may have it.",
        "Accept its licence on its page and set HF_TOKEN, or choose an open model.",
    ),
}
