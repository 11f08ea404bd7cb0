"""CloudFormation's ``DescribeStacks``, answered late while the stack is in motion.

Whoever waits for a stack asks, and if it is not at rest sleeps for seconds before asking again:
cdk for 5. Held back until there is news, the answer to the first question ends the waiting.
"""

import asyncio
import time
from typing import Final
from urllib.parse import parse_qs

from ministack.services.cloudformation import _stacks

_LONGEST_S: Final = 3.0
"""Then the answer is that it is in progress."""

_POLL_S: Final = 0.05


async def until_at_rest(body: bytes) -> None:
    """Wait, if a call asks for one stack and an operation on it is in progress.

    Args:
        body: Of a call to CloudFormation.
    """
    call = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    if call.get("Action") != "DescribeStacks" or "StackName" not in call:
        return
    deadline = time.monotonic() + _LONGEST_S
    while _in_motion(call["StackName"]) and time.monotonic() < deadline:
        await asyncio.sleep(_POLL_S)


def _in_motion(name: str) -> bool:
    return any(
        name in (stack["StackName"], stack["StackId"])
        and stack["StackStatus"].endswith("_IN_PROGRESS")
        and stack["StackStatus"] != "REVIEW_IN_PROGRESS"
        for stack in list(_stacks._data.values())
    )
