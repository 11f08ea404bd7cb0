"""Options that several commands have, in one wording."""

from typing import Annotated, Final

import typer

URL_VARIABLE: Final = "SLM_URL"
KEY_VARIABLE: Final = "SLM_API_KEY"
"""Where a command finds an API and its key, if no option says."""


def own_options(context: typer.Context) -> list[str]:
    """The options of the command that runs, with their dashes."""
    return [option for parameter in context.command.params for option in parameter.opts]


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of words.")]
StackOption = Annotated[
    str | None,
    typer.Option(help="Name of the stack; by default the one that the settings name."),
]
DeployedOption = Annotated[
    str | None,
    typer.Option(
        help="A deployed stack in place of the local twin; with --profile or --region alone it "
        "is the one that the settings name."
    ),
]
ProfileOption = Annotated[
    str | None, typer.Option(help="AWS profile; by default AWS_PROFILE, or 'default'.")
]
RegionOption = Annotated[
    str | None, typer.Option(help="AWS region; by default AWS_REGION, or the profile's.")
]
UrlOption = Annotated[
    str | None,
    typer.Option(help=f"Base URL of an API; by default {URL_VARIABLE}, or the local twin."),
]
KeyEnvOption = Annotated[
    str, typer.Option(help="Environment variable that holds the API key for an URL.")
]
