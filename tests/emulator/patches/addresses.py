"""Addresses: a deployed API is here, not at ``amazonaws.com``.

Where the template says ``https://ID.execute-api.REGION.amazonaws.com/STAGE/``, the stack's outputs
have the emulator's address of the same API, so that whoever reads an output reaches it.
"""

import os
import re
from typing import Any, Final

from ministack.services.cloudformation import stacks

_AWS: Final = re.compile(
    r"https://(?P<api>[a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com/(?P<stage>[^/]+)/"
)


def apply() -> None:
    """Rewrite the outputs of stacks."""
    resolve = stacks._resolve_stack_outputs

    def resolve_here(*args: Any) -> Any:
        outputs, exports = resolve(*args)
        for output in outputs:
            output["OutputValue"] = _AWS.sub(_here, output["OutputValue"])
        return outputs, exports

    stacks._resolve_stack_outputs = resolve_here


def _here(found: re.Match[str]) -> str:
    base = os.environ["AWS_ENDPOINT_URL"]
    return f"{base}/restapis/{found['api']}/{found['stage']}/_user_request_/"
