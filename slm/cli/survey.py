"""What runs, here and in AWS, as data: ``slm status`` prints it."""

from dataclasses import dataclass
from typing import Final

import httpx

from slm.aws import AwsUnavailable, NotFound
from slm.cli.render import masked
from slm.cli.stack import Clients, DeployedStack, find_endpoint, find_stack
from slm.client import Health, Target, health
from slm.errors import SlmError
from slm.local.state import StateDirectory
from slm.settings import Settings
from slm.stack_outputs import API_GATEWAY_URL, API_KEY_ID, OPENAI_BASE_URL

NOT_DEPLOYED: Final = "NOT_DEPLOYED"
UNKNOWN: Final = "UNKNOWN"
"""Stack states besides CloudFormation's own."""

_NO_ADVICE: Final = ""


@dataclass(frozen=True)
class TwinStatus:
    """The twin of a folder.

    Attributes:
        running: Whether its process runs.
        answers: Whether it answers requests.
        message: In words.
        pid: Its process.
        url: Its gateway.
        openai_base_url: What OpenAI clients take as ``base_url``.
        api_key: Its key, masked.
        weights: What answers.
    """

    running: bool
    answers: bool
    message: str
    pid: int | None = None
    url: str = ""
    openai_base_url: str = ""
    api_key: str = ""
    weights: str = ""


@dataclass(frozen=True)
class StackStatus:
    """A deployed stack.

    Attributes:
        name: Its name.
        status: CloudFormation's word, NOT_DEPLOYED, or UNKNOWN if AWS could not be asked.
        answers: Whether its API answers requests.
        message: In words.
        url: Its API.
        openai_base_url: What OpenAI clients take as ``base_url``.
        api_key_id: Id of its first key; not the key.
        endpoint_name: Its SageMaker endpoint.
        endpoint_status: SageMaker's word, or "NotFound".
        endpoint_reason: Why the endpoint failed, if it did.
    """

    name: str
    status: str
    answers: bool
    message: str
    url: str = ""
    openai_base_url: str = ""
    api_key_id: str = ""
    endpoint_name: str = ""
    endpoint_status: str = ""
    endpoint_reason: str = ""

    @property
    def deployed(self) -> bool:
        """Whether there is such a stack."""
        return self.status not in (NOT_DEPLOYED, UNKNOWN)


async def twin_status(
    directory: StateDirectory, *, transport: httpx.AsyncBaseTransport | None = None
) -> TwinStatus:
    """The twin of a folder, running or not."""
    pid = directory.pid()
    if pid is None:
        return TwinStatus(False, False, "No twin runs in this folder; 'make local' starts one.")
    state = directory.read()
    if state is None:
        return TwinStatus(True, False, "The twin is starting.", pid)
    says = await _health("The local twin", state.url, transport)
    return TwinStatus(
        True,
        says.ok,
        says.message,
        pid,
        state.url,
        state.openai_base_url,
        masked(state.api_key),
        state.weights,
    )


async def stack_status(
    clients: Clients, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None
) -> StackStatus:
    """The stack that the settings name, deployed or not."""
    name = settings.stack_name
    try:
        stack = find_stack(clients, name)
        endpoint = find_endpoint(clients, settings.resolved_endpoint_name)
    except NotFound as error:
        return StackStatus(name, NOT_DEPLOYED, False, error.message)
    except AwsUnavailable as error:
        return StackStatus(name, UNKNOWN, False, error.message)
    says = await _stack_health(stack, transport)
    return StackStatus(
        name,
        stack.status,
        says.ok,
        says.message,
        url=stack.outputs.get(API_GATEWAY_URL, ""),
        openai_base_url=stack.outputs.get(OPENAI_BASE_URL, ""),
        api_key_id=stack.outputs.get(API_KEY_ID, ""),
        endpoint_name=endpoint.name,
        endpoint_status=endpoint.status,
        endpoint_reason=endpoint.reason,
    )


async def _stack_health(stack: DeployedStack, transport: httpx.AsyncBaseTransport | None) -> Health:
    url = stack.outputs.get(API_GATEWAY_URL)
    if url is None:
        return Health(False, f"The stack has no output {API_GATEWAY_URL}: it is not complete.")
    return await _health(f"Stack {stack.name}", url, transport)


async def _health(name: str, url: str, transport: httpx.AsyncBaseTransport | None) -> Health:
    try:
        return await health(Target(name, url, "", _NO_ADVICE), transport=transport)
    except SlmError as error:
        return Health(False, error.message.strip())
