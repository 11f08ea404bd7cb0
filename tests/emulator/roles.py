"""What a role's policies allow, asked before a function or a schedule acts with it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
Whoever runs the tests may do anything; these roles may do what the template gives them.
"""

import hashlib
from typing import Any, Final

from ministack.core.iam_evaluator import EvalContext, _gather_role_policies, evaluate

_roles_by_key: Final[dict[str, str]] = {}


def access_key_for(role_arn: str) -> str:
    """An access key that stands for a role, as the one of an assumed role does."""
    digest = hashlib.sha256(role_arn.encode()).hexdigest()
    key = f"ASIA{digest[:16].upper()}"
    _roles_by_key[key] = role_arn
    return key


def role_of(access_key: str) -> str | None:
    """The role that a key stands for; None for whoever runs the tests."""
    return _roles_by_key.get(access_key)


def allows(role_arn: str, action: str, resource_arn: str, **context: Any) -> bool:
    """Whether the role's policies allow an action on a resource."""
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    question = EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource_arn,
        region="",
        service_context=context,
        principal_keys={},
    )
    return evaluate(question, _gather_role_policies(name, account)).decision == "Allow"
