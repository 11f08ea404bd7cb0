"""What was made for a stack outside of its template, and would outlive it."""

from dataclasses import dataclass

from slm.aws import Aws, NotFound, explained
from slm.keys.tagged import tagged_keys
from slm.stack_names import schedule_group_name


@dataclass(frozen=True)
class Leftovers:
    """Keys and schedules made by commands.

    Attributes:
        keys: Id -> name of API keys.
        schedules: Names of one-off schedules.
    """

    keys: dict[str, str]
    schedules: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.keys or self.schedules)


def find_leftovers(aws: Aws, stack: str) -> Leftovers:
    """All that carries the stack's tag or is in its group of schedules, but not in its template.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    with explained("the API keys"):
        owned = set(_template_resources(aws, stack))
        keys = {
            key["id"]: key.get("name", "")
            for key in tagged_keys(aws, stack)
            if key["id"] not in owned
        }
    return Leftovers(keys, tuple(_schedules(aws, stack, owned)))


def remove(aws: Aws, stack: str, leftovers: Leftovers) -> None:
    """Delete them; what is gone already is no failure.

    Raises:
        AwsUnavailable: AWS cannot be asked.
    """
    for key_id in leftovers.keys:
        try:
            with explained(f"API key {key_id}"):
                aws.apigateway.delete_api_key(apiKey=key_id)
        except NotFound:
            continue
    for name in leftovers.schedules:
        try:
            with explained(f"schedule {name}"):
                aws.scheduler.delete_schedule(GroupName=schedule_group_name(stack), Name=name)
        except NotFound:
            continue


def _template_resources(aws: Aws, stack: str) -> list[str]:
    """Physical ids of what the stack itself made."""
    try:
        with explained(f"stack {stack}"):
            pages = aws.cloudformation.get_paginator("list_stack_resources").paginate(
                StackName=stack
            )
            return [
                resource.get("PhysicalResourceId", "")
                for page in pages
                for resource in page["StackResourceSummaries"]
            ]
    except NotFound:
        return []


def _schedules(aws: Aws, stack: str, owned: set[str]) -> list[str]:
    group = schedule_group_name(stack)
    try:
        with explained(f"schedules of stack {stack}"):
            pages = aws.scheduler.get_paginator("list_schedules").paginate(GroupName=group)
            return [
                schedule["Name"]
                for page in pages
                for schedule in page["Schedules"]
                if not owned & {schedule["Name"], f"{group}|{schedule['Name']}"}
            ]
    except NotFound:
        return []
