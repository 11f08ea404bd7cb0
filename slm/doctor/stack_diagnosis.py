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


def diagnose_stack(
    aws: Aws, stack_name: str, *, settings: "Settings | None" = None, hub: str = HUB
) -> StackDiagnosis:
    """Diagnose a stack, deployed, failed, rolled back or being made. Changes nothing, and does not
    fail where something cannot be seen: ``Diagnosis.unseen`` says what.

    Args:
        aws: The account and region.
        stack_name: The stack.
        settings: Its settings; None for those of the folder, under this name.
        hub: Address of the Hugging Face Hub.

    Raises:
        SettingsError: The folder's settings are wrong.
    """
    if settings is None:
        # Imported here: the settings' library takes longer than a help text.
        from slm.settings import load_settings

        settings = load_settings(stack_name=stack_name)
    evidence, state = gather_stack(aws, settings)
    if state.failed:
        ask_hub(evidence, hub=hub)
    return StackDiagnosis(stack_name, state, diagnose(evidence))
