"""The names that the commands of a fix need, for a stack."""

from typing import TYPE_CHECKING

from slm.aws import Aws
from slm.commands import Commands
from slm.doctor.answer import Place
from slm.errors import SlmError

if TYPE_CHECKING:
    from slm.doctor.stack_diagnosis import StackDiagnosis


def place_of(found: "StackDiagnosis", aws: Aws) -> Place:
    """The place of a stack; without options where no region is known."""
    try:
        commands = Commands.of(aws, found.stack)
    except SlmError:
        commands = Commands()
    return Place.of(found.stack, found.state.endpoint, commands)
