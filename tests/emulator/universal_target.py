"""Universal targets of EventBridge Scheduler: any AWS call, with the schedule's role.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

import json
import logging
import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.emulator import roles

PREFIX: Final = "arn:aws:scheduler:::aws-sdk:"

_LOG: Final = logging.getLogger(__name__)

_MAX_ATTEMPTS: Final = 185
"""Scheduler's default ``MaximumRetryAttempts``."""

_RETRY_S: Final = 0.5
"""AWS waits longer and longer, up to a day; here each second stands for many."""


@dataclass(frozen=True)
class Delivery:
    """One firing.

    Attributes:
        target: The schedule's ``Target``.
        schedule_arn: Whose.
        due: When it was to fire, seconds since 1970.
        account, region: Where.
    """

    target: dict[str, Any]
    schedule_arn: str
    due: float
    account: str
    region: str


def deliver(delivery: Delivery) -> None:
    """Call until it is accepted or the policy gives up, then tell the dead-letter queue.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    policy = delivery.target.get("RetryPolicy", {})
    attempts = 1 + int(policy.get("MaximumRetryAttempts", _MAX_ATTEMPTS))
    for attempt in range(attempts):
        try:
            _call(delivery)
            return
        except Exception as error:
            _LOG.info("attempt %d of %s: %s", attempt + 1, delivery.schedule_arn, error)
            failure = error
        time.sleep(_RETRY_S)
    _to_dead_letters(delivery, failure, attempts)


def _call(delivery: Delivery) -> None:
    service, action = delivery.target["Arn"].removeprefix(PREFIX).split(":")
    operation = re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower()
    request = json.loads(_input(delivery))
    model = _client(delivery, service).meta.service_model.operation_model(
        action[0].upper() + action[1:]
    )
    # API Gateway's permissions are HTTP methods.
    verb = model.http["method"] if service == "apigateway" else model.name
    iam_action = f"{service}:{verb}"
    resource = _resource_of(delivery, service, request)
    context = _context_of(delivery, service, request)
    if not roles.allows(delivery.target["RoleArn"], iam_action, resource, **context):
        raise ClientError(
            {"Error": {"Code": "AccessDenied", "Message": f"{iam_action} on {resource}"}}, action
        )
    # An input has capitals, the service itself may not.
    members = {name.lower(): name for name in model.input_shape.members}
    arguments = {members[name.lower()]: value for name, value in request.items()}
    getattr(_client(delivery, service), operation)(**arguments)


def _input(delivery: Delivery) -> str:
    """The payload with its keywords replaced.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    due = datetime.fromtimestamp(delivery.due, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    payload: str = delivery.target.get("Input", "{}")
    return payload.replace("<aws.scheduler.scheduled-time>", due)


def _resource_of(delivery: Delivery, service: str, request: dict[str, Any]) -> str:
    """What the role must be allowed to act on."""
    if service == "apigateway" and "ApiKey" in request:
        return f"arn:aws:apigateway:{delivery.region}::/apikeys/{request['ApiKey']}"
    if service != "cloudformation":
        return "*"
    name = request["StackName"]
    stacks = _client(delivery, service).describe_stacks(StackName=name)["Stacks"]
    return str(stacks[0]["StackId"])


def _context_of(delivery: Delivery, service: str, request: dict[str, Any]) -> dict[str, str]:
    """The tags that a condition may look at."""
    if service != "apigateway" or "ApiKey" not in request:
        return {}
    key = _client(delivery, service).get_api_key(apiKey=request["ApiKey"])
    return {f"aws:resourcetag/{name.lower()}": value for name, value in key["tags"].items()}


def _client(delivery: Delivery, service: str) -> Any:
    return boto3.client(
        service,
        region_name=delivery.region,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        aws_access_key_id=delivery.account,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def _to_dead_letters(delivery: Delivery, failure: Exception, attempts: int) -> None:
    queue_arn = delivery.target.get("DeadLetterConfig", {}).get("Arn")
    may_send = roles.allows(delivery.target["RoleArn"], "sqs:SendMessage", queue_arn or "")
    if queue_arn is None or not may_send:
        return
    error = getattr(failure, "response", {}).get("Error", {})
    attributes = {
        "ERROR_CODE": error.get("Code", type(failure).__name__),
        "ERROR_MESSAGE": error.get("Message", str(failure)),
        "RETRY_ATTEMPTS": str(attempts - 1),
        "SCHEDULE_ARN": delivery.schedule_arn,
        "TARGET_ARN": delivery.target["Arn"],
    }
    sqs = _client(delivery, "sqs")
    sqs.send_message(
        QueueUrl=sqs.get_queue_url(QueueName=queue_arn.rsplit(":", 1)[1])["QueueUrl"],
        MessageBody=_input(delivery),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
        },
    )
