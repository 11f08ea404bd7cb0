"""What the doctor knows: causes as data, a module for each family."""

from collections.abc import Mapping
from typing import Final

from slm.doctor.knowledge.access import ACCESS
from slm.doctor.knowledge.api_gateway import API_GATEWAY
from slm.doctor.knowledge.architecture import ARCHITECTURE
from slm.doctor.knowledge.artefacts import ARTEFACTS
from slm.doctor.knowledge.capacity import CAPACITY
from slm.doctor.knowledge.configuration import CONFIGURATION
from slm.doctor.knowledge.endpoint import ENDPOINT
from slm.doctor.knowledge.gpu_memory import GPU_MEMORY
from slm.doctor.knowledge.gpu_support import GPU_SUPPORT
from slm.doctor.knowledge.host import HOST
from slm.doctor.knowledge.hub import HUB
from slm.doctor.knowledge.image_and_host import IMAGE_AND_HOST
from slm.doctor.knowledge.marks import MARKS
from slm.doctor.knowledge.opaque import OPAQUE
from slm.doctor.knowledge.request_limits import REQUEST_LIMITS
from slm.doctor.knowledge.stack import STACK
from slm.doctor.knowledge.start import START
from slm.doctor.knowledge.timeouts import TIMEOUTS
from slm.doctor.knowledge.tokenizer_and_weights import TOKENIZER_AND_WEIGHTS
from slm.doctor.model import Cause

__all__ = ["CAUSES", "FAMILIES", "MARKS"]

FAMILIES: Final[Mapping[str, tuple[Cause, ...]]] = {
    "GPU memory": GPU_MEMORY,
    "The host": HOST,
    "The Hugging Face Hub": HUB,
    "Starting the container": START,
    "The image and the instance": IMAGE_AND_HOST,
    "The kind of model": ARCHITECTURE,
    "Tokenizer and weights": TOKENIZER_AND_WEIGHTS,
    "What the GPU can compute": GPU_SUPPORT,
    "The engine's configuration": CONFIGURATION,
    "Model archive and image": ARTEFACTS,
    "Permissions and credentials": ACCESS,
    "Quota and capacity": CAPACITY,
    "The stack": STACK,
    "The endpoint": ENDPOINT,
    "API Gateway": API_GATEWAY,
    "Time limits of a request": TIMEOUTS,
    "Other limits of a request": REQUEST_LIMITS,
    "Where no cause is named": OPAQUE,
}

CAUSES: Final[tuple[Cause, ...]] = tuple(c for family in FAMILIES.values() for c in family)
