"""``slm diff``: what a deploy would change."""

import typer

from slm.cli.options import JsonOption, ProfileOption, RegionOption, StackOption, own_options
from slm.cli.render import reporting


def diff(
    context: typer.Context,
    *,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a deploy would change, and change nothing.

    Looks for credentials and bootstrap first. More options go to the CDK, for example --strict.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: they take longer than the help text.
        from slm.cli.named_stack import named_stack
        from slm.operations import cdk
        from slm.operations.checks import NEEDED_TO_LOOK
        from slm.operations.preflight import preflight

        aws, settings = named_stack(stack, profile, region)
        cdk.refuse_unsupported(context.args, own_options(context))
        with output.waiting("Checking the account"):
            preflight(aws, settings, checks=NEEDED_TO_LOOK).refuse()
        said = cdk.diff(aws, settings.stack_name, context.args, quiet=as_json)
        if as_json:
            output.result({"stack": settings.stack_name, "diff": said})
