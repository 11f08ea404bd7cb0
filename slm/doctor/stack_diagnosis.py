"""The diagnosis of a deployed stack: for ``slm doctor``, and for a deploy or start that failed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slm.aws import Aws
from slm.doctor.hub_evidence import HUB, ask_hub
from slm.doctor.infer import Diagnosis, diagnose
from slm.doctor.stack_evidence import StackState, gather_stack

if TYPE_CHECKING:
    from slm.settings import Settings


@dataclass(frozen=True)
class StackDiagnosis:
    """A stack and what ails it.

    Attributes:
        stack: Its name.
        state: What is known of it.
        diagnosis: The causes.
    """

    stack: str
    state: StackState
    diagnosis: Diagnosis


def diagnose_stack(aws: Aws, settings: "Settings", *, hub: str = HUB) -> StackDiagnosis:
    """Diagnose a stack, deployed, failed, rolled back or being made. Changes nothing, and does not
    fail where something cannot be seen: ``Diagnosis.unseen`` says what.

    Args:
        aws: The account and region.
        settings: The stack's settings, with its name.
        hub: Address of the Hugging Face Hub.
    """
    evidence, state = gather_stack(aws, settings)
    if state.failed:
        ask_hub(evidence, hub=hub)
    return StackDiagnosis(settings.stack_name, state, diagnose(evidence))
