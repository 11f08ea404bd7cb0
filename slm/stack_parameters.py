"""Names of the template's parameters: the stack declares them, commands and schedules set them."""

from typing import Final

ENDPOINT_RUNNING: Final = "EndpointRunning"
"""Whether the endpoint exists, and is billed: ``RUNNING`` or ``STOPPED``. A deploy keeps it."""

RUNNING: Final = "true"
STOPPED: Final = "false"
