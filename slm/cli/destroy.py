"""``slm destroy``: the stack and all that was made for it."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from slm.cli.options import JsonOption, ProfileOption, RegionOption, StackOption
from slm.cli.render import Output, reporting
from slm.errors import SlmError

if TYPE_CHECKING:
    from slm.operations.leftovers import Leftovers


def destroy(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete the stack, API keys made outside of it, and schedules.

    Works on what a failed deploy left behind too. Says at the end that nothing is left.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: they take longer than the help text.
        from slm.aws import Aws
        from slm.cli.events import tell
        from slm.operations.destroy import destroy as destroy_stack
        from slm.operations.leftovers import find_leftovers
        from slm.operations.stack_operation import DELETED, status_of
        from slm.settings import load_settings

        settings = load_settings(**({"stack_name": stack} if stack else {}))
        name = settings.stack_name
        aws = Aws(profile, region)
        with output.waiting("Looking what there is"):
            place = f"account {aws.account()}, region {aws.region}"
            status = status_of(aws, name)
            leftovers = find_leftovers(aws, name)
        if status == DELETED and not leftovers:
            output.line(f"There is no stack {name} in {place}, and nothing of it is left.")
        else:
            output.line(f"Stack {name} ({status}) in {place}.")
            _tell(leftovers, output)
            if not yes and not output.confirm("Delete all of that?"):
                raise SlmError("Nothing was deleted. Say --yes where nobody can answer.")
            with output.waiting("Deleting (Ctrl-C leaves it going on in AWS)"):
                rest = destroy_stack(aws, name, leftovers, partial(tell, output))
            if rest:
                raise SlmError(f"Something was made meanwhile: {rest}. Run 'slm destroy' again.")
            output.line(f"Stack {name} is gone, and nothing of it is left.", "green")
        if as_json:
            output.result({"stack": name, "keys": leftovers.keys, "schedules": leftovers.schedules})


def _tell(leftovers: "Leftovers", output: Output) -> None:
    for key_id, name in leftovers.keys.items():
        output.line(f"  API key {name} ({key_id}), made outside of the template")
    for schedule in leftovers.schedules:
        output.line(f"  schedule {schedule}")
