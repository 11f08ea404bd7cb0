"""Names of the template's parameters: the stack declares them, commands and schedules set them."""

from typing import Final

ENDPOINT_RUNNING: Final = "EndpointRunning"
"""Whether the endpoint exists, and is billed. A deploy keeps its value."""

RUNNING: Final = "true"
STOPPED: Final = "false"

SCHEDULED_AT: Final = "EndpointScheduledAt"
"""When the clock last set ENDPOINT_RUNNING; there only with running hours. It makes each start and
stop by the clock a change: CloudFormation refuses an update that changes nothing, which for a
schedule would be a failure, and attempts for hours, each time that somebody was faster."""

NEVER_SCHEDULED: Final = "never"

OTHER_PARAMETERS: Final = ("BootstrapVersion",)
"""CDK's own parameter. An update of one parameter names the others too: it keeps their values."""
