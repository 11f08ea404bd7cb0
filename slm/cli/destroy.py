"""``slm destroy``: the stack and all that was made for it."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from slm.cli.options import JsonOption, ProfileOption, RegionOption, StackOption
from slm.cli.render import Output, reporting
from slm.errors import SlmError

if TYPE_CHECKING:
    from slm.aws import Aws
    from slm.operations.leftovers import Leftovers
    from slm.settings import Settings


def destroy(
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", "--force", help="Ask nothing.")] = False,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete the stack, and what was made for it.

    That is API keys and schedules. Works on the remains of a failed deploy, too. Says at the end
    that nothing is left.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: it takes longer than the help text.
        from slm.cli.named_stack import named_stack

        aws, settings = named_stack(stack, profile, region)
        destroy_all(aws, settings, output, yes=yes)


def destroy_all(aws: "Aws", settings: "Settings", output: Output, *, yes: bool) -> None:
    """Delete a stack and what was made for it, and say so.

    Args:
        aws: The account and region.
        settings: The stack's settings.
        output: Where to speak.
        yes: Whether to ask nothing.

    Raises:
        SlmError: It was told no, or failed, or something is left.
    """
    from slm.cli.events import tell
    from slm.cli.failures import interruptible
    from slm.operations.destroy import destroy as destroy_stack
    from slm.operations.destroy import remains
    from slm.operations.leftovers import find_leftovers
    from slm.operations.stack_operation import DELETED, status_of

    name = settings.stack_name
    with output.waiting("Looking what there is"):
        place = f"region {aws.region} of account {aws.account()}"
        status = status_of(aws, name)
        leftovers = find_leftovers(aws, name)
    if status == DELETED and not leftovers:
        output.line(f"There is no stack {name} in {place}, and nothing of it is left.")
    else:
        output.line(f"Stack {name} ({status}) in {place}.")
        _tell(leftovers, output)
        if not yes and not output.confirm("Delete all of that?"):
            raise SlmError("Nothing was deleted. Say --yes where nobody can answer.")
        with (
            interruptible(aws, settings, output),
            output.waiting("Deleting (Ctrl-C leaves it going on in AWS)"),
        ):
            destroy_stack(aws, settings, leftovers, partial(tell, output))
        with output.waiting("Looking whether anything is left"):
            rest = remains(aws, settings)
        if rest:
            raise SlmError(f"Stack {name} is gone, but this is left:\n" + "\n".join(rest))
        output.line(f"Stack {name} is gone, and nothing of it is left.", "green")
    if output.as_json:
        output.result({"stack": name, "keys": leftovers.keys, "schedules": leftovers.schedules})


def _tell(leftovers: "Leftovers", output: Output) -> None:
    for key_id, name in leftovers.keys.items():
        output.line(f"  API key {name} ({key_id}), made outside of the template")
    for schedule in leftovers.schedules:
        output.line(f"  schedule {schedule}")
