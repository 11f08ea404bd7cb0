"""The ``slm`` command: one module a subcommand.

A command runs in the frame of ``render.reporting``: what it says goes through an ``Output``,
and a failure (``SlmError``) becomes a message and an exit status. Modules are imported where
they are needed, since boto3, an HTTP client and the settings' library each take longer than
a help text.
"""

from functools import partial
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

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


class _GroupsFirst(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        """The twin and its keys are where everybody begins; the rest in the order from below."""
        return sorted(
            super().list_commands(ctx),
            key=lambda name: not isinstance(self.commands[name], TyperGroup),
        )


main = typer.Typer(
    name="slm",
    cls=_GroupsFirst,
    help="Your own language model behind an API key: on this machine and in your AWS account.",
    epilog=EXPLANATION,
    no_args_is_help=True,
    add_completion=False,
    # The other modes import a Markdown parser, which takes longer than all the rest.
    rich_markup_mode=None,
)
main.add_typer(local.app, name="local")
main.add_typer(keys.app, name="keys")

_command = partial(main.command, epilog=EXPLANATION)
_command_with_cdk_options = partial(
    _command, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
_command()(invoke.invoke)
_command()(status.status)
_command()(usage.usage)
_command()(bench.bench)
_command()(plan.plan)
_command_with_cdk_options()(bootstrap.bootstrap)
_command_with_cdk_options()(diff.diff)
_command_with_cdk_options()(deploy.deploy)
_command()(smoke.smoke)
_command()(running.stop)
_command()(running.start)
_command()(destroy.destroy)
_command()(doctor.doctor)
_command()(upload_model.upload_model)
_command()(refresh_prices.refresh_prices)


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
