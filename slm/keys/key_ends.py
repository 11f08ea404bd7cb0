"""When keys of a stack end: a one-off schedule for each, which deletes the key."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from slm.aws import Aws, Conflict, NotFound, explained
from slm.commands import Commands
from slm.stack_names import schedule_group_name
from slm.stack_outputs import KEY_SCHEDULES_ROLE_ARN

if TYPE_CHECKING:
    from mypy_boto3_scheduler.type_defs import CreateScheduleInputTypeDef

ENDS_TAG: Final = "slm:ends"
"""When a key ends, ISO 8601."""

_TARGET: Final = "aws-sdk:apigateway:deleteApiKey"
"""A universal target. The guide (EventBridge Scheduler, "Using universal targets", 2026-11-24) says
only that its input has the parameters of the service's API."""

_KEY_PARAMETER: Final = "ApiKey"
"""The API's own name is ``apiKey``. That an input begins it with a capital is what schedules in use
do with services whose API does not (``Cluster`` and ``DesiredCount`` of ECS's ``updateService``),
and what Step Functions documents for its calls of the same kind; nobody has tried this one in AWS.
"""

_MARGIN: Final = timedelta(minutes=1)
"""A schedule must not lie in the past when it arrives. The scheduler is exact to a minute anyway
("Schedule types in EventBridge Scheduler", 2026-11-24)."""


class KeyEnds:
    """The schedules of a stack's keys, and the tags that tell of them.

    Args:
        aws: The account.
        stack: Name of the stack.
        outputs: The stack's outputs.
    """

    def __init__(self, aws: Aws, stack: str, outputs: Mapping[str, str]) -> None:
        self._aws = aws
        self._stack = stack
        self._group = schedule_group_name(stack)
        self._outputs = outputs

    def plan(self, key_id: str, ends: datetime) -> None:
        """Let a key end at a time, in place of an earlier such plan.

        Raises:
            NotFound: The stack is of an older version.
            AwsUnavailable: It cannot be planned.
        """
        at = max(ends, datetime.now(UTC) + _MARGIN).astimezone(UTC)
        request: CreateScheduleInputTypeDef = {
            "Name": _name(key_id),
            "GroupName": self._group,
            "Description": f"The end of API key {key_id}",
            "ScheduleExpression": f"at({at:%Y-%m-%dT%H:%M:%S})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": f"arn:{self._partition()}:scheduler:::{_TARGET}",
                "RoleArn": self._role_arn(),
                "Input": json.dumps({_KEY_PARAMETER: key_id}),
            },
        }
        what = f"the end of API key {key_id}"
        try:
            with explained(what):
                self._aws.scheduler.create_schedule(**request)
        except Conflict:
            with explained(what):
                self._aws.scheduler.update_schedule(**request)
        with explained(f"API key {key_id}"):
            self._aws.apigateway.tag_resource(
                resourceArn=self._arn(key_id),
                tags={ENDS_TAG: ends.isoformat(timespec="seconds")},
            )

    def undo(self, key_id: str, ends: datetime | None) -> None:
        """Let a key end when it did before.

        Raises:
            AwsUnavailable: AWS cannot be asked.
        """
        if ends:
            self.plan(key_id, ends)
            return
        self.forget(key_id)
        with explained(f"API key {key_id}"):
            self._aws.apigateway.untag_resource(resourceArn=self._arn(key_id), tagKeys=[ENDS_TAG])

    def forget(self, key_id: str) -> None:
        """Remove the schedule of a key, if there is one.

        Raises:
            AwsUnavailable: AWS cannot be asked.
        """
        try:
            with explained(f"the end of API key {key_id}"):
                self._aws.scheduler.delete_schedule(GroupName=self._group, Name=_name(key_id))
        except NotFound:
            return

    def _arn(self, key_id: str) -> str:
        return f"arn:{self._partition()}:apigateway:{self._aws.region}::/apikeys/{key_id}"

    def _partition(self) -> str:
        return self._role_arn().split(":")[1]

    def _role_arn(self) -> str:
        try:
            return self._outputs[KEY_SCHEDULES_ROLE_ARN]
        except KeyError:
            deploy = Commands.of(self._aws, self._stack).make("deploy")
            raise NotFound(
                f"Stack {self._stack} has no output {KEY_SCHEDULES_ROLE_ARN}: an older version "
                f"made it. Deploy it again with '{deploy}'."
            ) from None


def _name(key_id: str) -> str:
    return f"end-of-key-{key_id}"
