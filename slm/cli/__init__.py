"""The ``slm`` command: one module a subcommand.

A command runs in the frame of ``render.reporting``: what it says goes through an ``Output``,
and a failure (``SlmError``) becomes a message and an exit status. Modules are imported where
they are needed, since boto3, an HTTP client and the settings' library each take longer than
a help text.
"""

from typing import Annotated

import typer

from slm import __version__
from slm.cli import (
    bench,
    bootstrap,
    deploy,
    destroy,
    diff,
    doctor,
    invoke,
    keys,
    local,
    plan,
    refresh_prices,
    running,
    smoke,
    status,
    upload_model,
    usage,
)
from slm.cli.exit_codes import EXPLANATION

main = typer.Typer(
    name="slm",
    help="Your own language model behind an API key: on this machine and in your AWS account.",
    epilog=EXPLANATION,
    no_args_is_help=True,
    add_completion=False,
    # The other modes import a Markdown parser, which takes longer than all the rest.
    rich_markup_mode=None,
)
main.add_typer(local.app, name="local")
main.add_typer(keys.app, name="keys")
main.command(epilog=EXPLANATION)(usage.usage)
main.command(epilog=EXPLANATION)(invoke.invoke)
main.command(epilog=EXPLANATION)(status.status)
main.command(epilog=EXPLANATION)(plan.plan)
main.command("refresh-prices", epilog=EXPLANATION)(refresh_prices.refresh_prices)
main.command(epilog=EXPLANATION)(bench.bench)
main.command(epilog=EXPLANATION)(doctor.doctor)
for _runs_cdk in (bootstrap.bootstrap, diff.diff, deploy.deploy):
    main.command(
        epilog=EXPLANATION,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )(_runs_cdk)
main.command(epilog=EXPLANATION)(running.stop)
main.command(epilog=EXPLANATION)(running.start)
main.command(epilog=EXPLANATION)(smoke.smoke)
main.command(epilog=EXPLANATION)(destroy.destroy)
main.command("upload-model", epilog=EXPLANATION)(upload_model.upload_model)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"slm {__version__}")
        raise typer.Exit


@main.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version)
    ] = False,
) -> None:
    pass
