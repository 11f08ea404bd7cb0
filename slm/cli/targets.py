"""Which API a command talks to: the one named, the twin of this folder, or a deployed stack."""

import os
from collections.abc import Mapping

from slm.aws import Aws
from slm.cli.options import KEY_VARIABLE, URL_VARIABLE
from slm.cli.own_key import if_refused
from slm.cli.stack import Clients, find_stack, first_key_value
from slm.client import Target
from slm.commands import Commands
from slm.errors import SlmError
from slm.gateway.http_client import Origin
from slm.local.state import StateDirectory
from slm.settings import load_settings
from slm.stack_outputs import API_GATEWAY_URL
from slm.wrong_usage import WrongUsage


def choose_target(
    *,
    url: str | None,
    key_variable: str,
    stack: str | None,
    profile: str | None,
    region: str | None,
    environment: Mapping[str, str] = os.environ,
    directory: StateDirectory | None = None,
    clients: Clients | None = None,
) -> Target:
    """The API to call: by the options, else by the environment, else the running twin.

    Args:
        url: Base URL of an API.
        key_variable: Environment variable that holds the key for an URL.
        stack: Name of a deployed stack.
        profile: AWS profile; alone it means the stack of the settings.
        region: AWS region; alone it means the stack of the settings.
        environment: The process's environment.
        directory: Where a twin says how to reach it.
        clients: AWS.

    Raises:
        WrongUsage: An option is wrong.
        SlmError: There is no such API, or nothing was named and no twin runs.
    """
    if stack or profile or region:
        if url:
            raise WrongUsage("--url and a deployed stack were both named. Take one of them.")
        return _stack_target(stack, clients or Aws(profile, region))
    if url or URL_VARIABLE in environment:
        return _url_target(url or environment[URL_VARIABLE], key_variable, environment)
    directory = directory or StateDirectory()
    twin = directory.read()
    if twin is None:
        raise SlmError(
            "No twin runs in this folder. Start one with 'make local' (or "
            f"'{Commands().slm('local')}'), name a deployed stack with --stack, or set "
            f"{URL_VARIABLE} and {KEY_VARIABLE}."
        )
    return Target(
        "The local twin",
        twin.url,
        twin.api_key,
        f"'{Commands().slm('status')}' tells more.",
        if_refused(directory.key_file),
    )


def _stack_target(name: str | None, clients: Clients) -> Target:
    stack = find_stack(clients, name or load_settings().stack_name)
    return Target(
        f"Stack {stack.name}",
        stack.output(API_GATEWAY_URL),
        first_key_value(clients, stack),
        f"'{stack.commands.slm('status')}' tells more.",
    )


def _url_target(url: str, key_variable: str, environment: Mapping[str, str]) -> Target:
    try:
        Origin.of(url)
    except ValueError:
        raise WrongUsage(
            f"{url!r} is no URL of an API: it must start with https:// or http://, and name a host."
        ) from None
    key = environment.get(key_variable, "")
    if not key or not key.isascii() or not key.isprintable():
        raise SlmError(f"Put the API key for {url} into the environment variable {key_variable}.")
    return Target(url, url, key, "Is the URL right? It ends before /invoke.")
