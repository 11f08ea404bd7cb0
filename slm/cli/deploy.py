"""``slm deploy``: check first, deploy, and say what to do with what came of it."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from slm.cli.options import JsonOption, ProfileOption, RegionOption, StackOption, own_options
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from slm.aws import Aws
    from slm.cli.failures import Diagnose
    from slm.operations.checks import DeployOptions
    from slm.settings import Settings

KEEP_FAILED: Final = "--no-rollback"


def deploy(
    context: typer.Context,
    *,
    stop_first: Annotated[
        bool,
        typer.Option(
            "--stop-first",
            help="Stop the endpoint, deploy, start it: for an instance change while it scales, or "
            "a quota that is too small for two fleets. The API answers 503 meanwhile.",
        ),
    ] = False,
    ignore_plan: Annotated[
        bool,
        typer.Option("--ignore-plan", help="Deploy even if by arithmetic the model does not fit."),
    ] = False,
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Check, and deploy nothing.")
    ] = False,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Deploy a stack.

    First looks for what would make it fail: credentials, bootstrap, quota, names, the stack's
    state. More options go to the CDK, for example --require-approval never or --no-rollback.
    """
    with reporting(as_json=as_json) as output:
        # Imported here: they take longer than the help text.
        from slm.cli.named_stack import named_stack
        from slm.operations.cdk import refuse_unsupported
        from slm.operations.checks import DeployOptions

        aws, settings = named_stack(stack, profile, region)
        refuse_unsupported(context.args, own_options(context))
        options = DeployOptions(
            stopped_first=stop_first,
            keep_failed=KEEP_FAILED in context.args,
            ignore_plan=ignore_plan,
        )
        check(aws, settings, options, output)
        if check_only:
            output.line("Nothing was found that would make a deploy fail.", "green")
        else:
            deploy_checked(aws, settings, context.args, output, stop_first=stop_first)


def check(aws: "Aws", settings: "Settings", options: "DeployOptions", output: Output) -> None:
    """Refuse a deploy that would fail.

    Raises:
        DeployRefused: It would.
        AwsUnavailable: There are no credentials, they have ended, or no region is set.
    """
    from slm.operations.preflight import preflight

    with output.waiting("Checking the account"):
        place = f"region {aws.region} of account {aws.account()}"
        found = preflight(aws, settings, options)
    for note in found.notes:
        output.line(note, "yellow")
    found.refuse()
    output.fact("Stack", f"{settings.stack_name}, {place}")


def deploy_checked(
    aws: "Aws",
    settings: "Settings",
    arguments: "Sequence[str]",
    output: Output,
    *,
    stop_first: bool,
    program: "Path | None" = None,
    diagnose: "Diagnose | None" = None,
) -> None:
    """Deploy, and say how to use it.

    Args:
        aws: The account and region.
        settings: What to deploy.
        arguments: Options for the CDK.
        output: Where to speak.
        stop_first: Whether to stop the endpoint before, and start it afterwards.
        program: The CDK, if it is not the one of this folder.
        diagnose: What looks for the cause of a failure, if not doctor.

    Raises:
        SlmError: It failed; the cause was told.
    """
    from slm.cli.deploy_words import tell_outputs
    from slm.cli.events import tell
    from slm.cli.failures import ask_doctor, interruptible
    from slm.operations import cdk
    from slm.operations.deployment import Executor, steps_of

    stack = settings.stack_name
    run_cdk = partial(cdk.deploy, program=program or cdk.CDK, quiet=output.as_json)
    executor = Executor(aws, stack, partial(tell, output), run_cdk)
    outputs: dict[str, str] = {}
    with interruptible(aws, settings, output, diagnose=diagnose or ask_doctor):
        steps = steps_of(aws, stack, arguments, stop_first=stop_first)
        for number, step in enumerate(steps, 1):
            if len(steps) > 1:
                output.line(f"Step {number} of {len(steps)}: {step.title}", "bold")
            outputs.update(executor.execute(step))
    tell_outputs(aws, settings, outputs, output)
    if output.as_json:
        output.result({"stack": stack, "outputs": outputs})
