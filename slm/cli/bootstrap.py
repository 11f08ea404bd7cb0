"""``slm bootstrap``: prepare an account and region for the CDK."""

import typer

from slm.cli.options import JsonOption, ProfileOption, RegionOption, own_options
from slm.cli.render import reporting


def bootstrap(
    context: typer.Context,
    *,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prepare an account and region for the CDK, once for each.

    Makes a stack CDKToolkit: a bucket and roles. More options go to the CDK.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: they take longer than the help text.
        from slm.cli.named_stack import named_stack
        from slm.operations import cdk
        from slm.operations.cdk_options import refuse_unknown

        aws, settings = named_stack(None, profile, region)
        refuse_unknown(context.args, own_options(context))
        with output.waiting("Checking the account"):
            place = {"region": aws.region, "account": aws.account()}
        cdk.bootstrap(aws, settings.stack_name, context.args, quiet=as_json)
        if as_json:
            output.result(place)
