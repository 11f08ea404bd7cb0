"""Names of what belongs to a stack: it gives them, commands find things by them."""

from typing import Final

STACK_TAG: Final = "slm:stack"
"""Tag of everything that belongs to a stack; its value is the stack's name."""


def usage_plan_name(stack_name: str, plan: str) -> str:
    """Name of a usage plan in API Gateway, where all stacks of an account share one list."""
    return f"{stack_name}-{plan}"


def tokens_table_name(stack_name: str) -> str:
    """The table that counts the tokens of keys; there only where a plan may limit them."""
    return f"{stack_name}-tokens"


def schedule_group_name(stack_name: str) -> str:
    """The stack's group of schedules: start, stop, and the end of keys."""
    return f"{stack_name}-schedules"


def endpoint_log_group_name(endpoint_name: str) -> str:
    """Where SageMaker writes what an endpoint's container prints; SageMaker chose the name."""
    return f"/aws/sagemaker/Endpoints/{endpoint_name}"
