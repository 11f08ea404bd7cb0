"""What the log of a stack's gateway function has of requests."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from slm.aws import Aws, NotFound, explained
from slm.commands import Commands
from slm.usage.records import RequestUsage

_PATTERN: Final = "generated_tokens"
"""A word of the lines that tell of a request: CloudWatch leaves the others out. A pattern that
looks into JSON would miss lines that Lambda wraps in JSON of its own."""

_LOG_GROUP: Final = "ApiGatewayLog"
"""How the logical id of the function's log group begins: its place in the tree of constructs."""


class DeployedUsage:
    """See ``UsageSource``. Goes back as far as the log does: setting ``log_retention_days``.

    Args:
        aws: The account.
        stack: Name of the stack.
    """

    def __init__(self, aws: Aws, stack: str) -> None:
        self._aws = aws
        self._stack = stack

    def requests(self, since: datetime) -> Iterator[RequestUsage]:
        """See ``UsageSource``.

        Raises:
            NotFound: There is no such stack, or no log.
            AwsUnavailable: AWS cannot be asked.
        """
        group = self._log_group()
        with explained(f"log group {group}"):
            pages = self._aws.logs.get_paginator("filter_log_events").paginate(
                logGroupName=group,
                filterPattern=_PATTERN,
                # CloudWatch knows no time before 1970.
                startTime=max(round(since.timestamp() * 1000), 0),
            )
            for page in pages:
                for event in page["events"]:
                    usage = request_usage(event["message"], event["timestamp"])
                    if usage:
                        yield usage

    def _log_group(self) -> str:
        """Name of the function's log group, which CloudFormation chose."""
        with explained(f"stack {self._stack}"):
            pages = self._aws.cloudformation.get_paginator("list_stack_resources").paginate(
                StackName=self._stack
            )
            for page in pages:
                for resource in page["StackResourceSummaries"]:
                    if (
                        resource["ResourceType"] == "AWS::Logs::LogGroup"
                        and resource["LogicalResourceId"].startswith(_LOG_GROUP)
                        and "PhysicalResourceId" in resource
                    ):
                        return resource["PhysicalResourceId"]
        raise NotFound(
            f"Stack {self._stack} has no log group of a gateway function. Deploy it again with "
            f"'{Commands.of(self._aws, self._stack).make('deploy')}'."
        )


def request_usage(message: str, timestamp_ms: int) -> RequestUsage | None:
    """A line of the function's log; None if it tells of no request of a key.

    Args:
        message: The line: the gateway's JSON, or JSON of Lambda's around it.
        timestamp_ms: When CloudWatch says it was written.
    """
    line = _gateway_line(message)
    if line is None or not line.get("key_id"):
        return None
    first = line.get("first_token_ms")
    try:
        return RequestUsage(
            time=datetime.fromtimestamp(timestamp_ms / 1000, UTC),
            key_id=str(line["key_id"]),
            model=str(line.get("model") or ""),
            status=int(line["status"]),
            stream=bool(line.get("stream")),
            partial=bool(line.get("partial")),
            prompt_tokens=int(line.get("prompt_tokens") or 0),
            generated_tokens=int(line.get("generated_tokens") or 0),
            first_token_ms=None if first is None else int(first),
            duration_ms=int(line["duration_ms"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _gateway_line(message: str) -> Mapping[str, Any] | None:
    """The gateway's own JSON in a message."""
    start = message.find("{")
    try:
        found = json.loads(message[start:]) if start >= 0 else None
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    if found.get("event") == "request":
        return found
    # Lambda's JSON format: the line is the record, or its message.
    for inner in (found.get("record"), found.get("message")):
        if isinstance(inner, dict) and inner.get("event") == "request":
            return inner
        if isinstance(inner, str):
            return _gateway_line(inner)
    return None
