"""What the doctor knows: causes as data, a module for each family."""

from collections.abc import Mapping
from typing import Final

from slm.doctor.knowledge.account import ACCOUNT
from slm.doctor.knowledge.api import API
from slm.doctor.knowledge.artefacts import ARTEFACTS
from slm.doctor.knowledge.configuration import CONFIGURATION
from slm.doctor.knowledge.gpu_memory import GPU_MEMORY
from slm.doctor.knowledge.gpu_support import GPU_SUPPORT
from slm.doctor.knowledge.host import HOST
from slm.doctor.knowledge.hub import HUB
from slm.doctor.knowledge.marks import MARKS
from slm.doctor.knowledge.model_files import MODEL_FILES
from slm.doctor.knowledge.opaque import OPAQUE
from slm.doctor.knowledge.start import START
from slm.doctor.model import Cause

__all__ = ["CAUSES", "FAMILIES", "MARKS"]

FAMILIES: Final[Mapping[str, tuple[Cause, ...]]] = {
    "GPU memory": GPU_MEMORY,
    "The host": HOST,
    "The Hugging Face Hub": HUB,
    "Starting the container": START,
    "The model's files": MODEL_FILES,
    "What the GPU can compute": GPU_SUPPORT,
    "The engine's configuration": CONFIGURATION,
    "Model archive and image": ARTEFACTS,
    "Account, permissions and stack": ACCOUNT,
    "The API": API,
    "Where no cause is named": OPAQUE,
}

CAUSES: Final[tuple[Cause, ...]] = tuple(c for family in FAMILIES.values() for c in family)
