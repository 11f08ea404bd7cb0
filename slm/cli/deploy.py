"""``slm deploy``: check first, deploy, and say what to do with what came of it."""

from typing import TYPE_CHECKING, Annotated

import typer

from slm.cli.options import ProfileOption, RegionOption
from slm.cli.render import Output, reporting
from slm.errors import SlmError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slm.aws import Aws
    from slm.operations.preflight import Preflight
    from slm.settings import Settings


def deploy(
    context: typer.Context,
    stop_first: Annotated[
        bool,
        typer.Option(
            "--stop-first",
            help="Stop the endpoint, deploy, start it: for an instance change while it scales, or "
            "a quota that is too small for two fleets. The API answers 503 meanwhile.",
        ),
    ] = False,
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Check, and deploy nothing.")
    ] = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
) -> None:
    """Deploy the stack of the settings.

    First looks for what would make it fail: credentials, bootstrap, quota, names, the stack's
    state. More options go to the CDK, for example --require-approval never or --no-rollback.
    """
    with reporting(as_json=False) as output:
        # Imported here: they take longer than the help text.
        from slm.aws import Aws
        from slm.operations.preflight import preflight
        from slm.settings import load_settings

        settings = load_settings()
        aws = Aws(profile, region)
        with output.waiting("Checking the account"):
            found = preflight(aws, settings, stopped_first=stop_first)
        _refuse(found, output)
        output.fact("Stack", f"{settings.stack_name} in account {aws.account()}, {aws.region}")
        if check_only:
            output.line("Nothing was found that would make a deploy fail.", "green")
            return
        outputs = _deploy(aws, settings, context.args, output, stop_first=stop_first)
        _tell(outputs, settings, aws, output)


def _refuse(found: "Preflight", output: Output) -> None:
    for note in found.notes:
        output.line(note, "yellow")
    if found.problems:
        lines = [f"{problem.what} Do: {problem.remedy}" for problem in found.problems]
        raise SlmError("\n".join([*lines, "Nothing was created."]))


def _deploy(
    aws: "Aws", settings: "Settings", arguments: list[str], output: Output, *, stop_first: bool
) -> "Mapping[str, str]":
    from slm.operations import cdk
    from slm.operations.stack_operation import now

    since = now()
    try:
        if stop_first:
            return _around_a_stop(aws, settings, arguments, output)
        return cdk.deploy(aws, settings.stack_name, arguments)
    except KeyboardInterrupt:
        output.line(
            "Interrupted here; what CloudFormation has begun goes on. 'slm status' tells how far "
            "it is, 'aws cloudformation cancel-update-stack --stack-name "
            f"{settings.stack_name}' takes an update back.",
            "yellow",
        )
        raise
    except SlmError as error:
        from slm.cli.failures import explain_failure

        explain_failure(aws, settings, since, output)
        raise SlmError(f"{error.message} Stack {settings.stack_name} is not deployed.") from None


def _around_a_stop(
    aws: "Aws", settings: "Settings", arguments: list[str], output: Output
) -> "Mapping[str, str]":
    from functools import partial

    from slm.cli.events import tell
    from slm.operations import cdk
    from slm.operations.running import set_running
    from slm.operations.stack_operation import now, wait

    stack = settings.stack_name
    on_event = partial(tell, output)
    since = now()
    with output.waiting("Stopping"):
        if set_running(aws, stack, running=False):
            wait(aws, stack, since, on_event)
    outputs = cdk.deploy(aws, stack, arguments)
    since = now()
    with output.waiting("Starting"):
        if set_running(aws, stack, running=True):
            wait(aws, stack, since, on_event)
    return outputs


def _tell(outputs: "Mapping[str, str]", settings: "Settings", aws: "Aws", output: Output) -> None:
    from slm import stack_outputs
    from slm.instances import price_of
    from slm.operations.preflight import make_options

    output.line()
    for label, name in (
        ("Playground", stack_outputs.API_GATEWAY_URL),
        ("OpenAI", stack_outputs.OPENAI_BASE_URL),
        ("API key", stack_outputs.GET_API_KEY_COMMAND),
        ("Try it", stack_outputs.EXAMPLE_CURL_COMMAND),
    ):
        if name in outputs:
            output.fact(label, outputs[name])
    options = make_options(aws)
    price = price_of(settings.instance_type, aws.region)
    if price:
        hourly = price.usd_per_hour * settings.initial_instance_count
        place = "" if price.region == aws.region else f", price of {price.region}"
        output.fact("Cost", f"about ${hourly:.2f} an hour while it runs ({price.date}{place})")
    output.fact("Stop it", f"make stop{options}")
    output.fact("Check it", f"make smoke{options}")
