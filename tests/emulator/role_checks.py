"""What a function may not do with its role, in the services that it calls."""

import json
from typing import Any

from tests.emulator import roles
from tests.emulator.asgi import Request


def refusal(request: Request) -> dict[str, Any] | None:
    """The refusal of a call to SageMaker's or DynamoDB's JSON API; None if it may go on.

    Whoever runs the tests may do anything, and so may AWS's services.
    """
    role = roles.role_of(request.access_key)
    if role is None:
        return None
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    action, resource = f"{request.service}:{operation}", _resource(request)
    if roles.allows(role, action, resource):
        return None
    return denied(role, action, resource)


def denied(role: str, action: str, resource: str) -> dict[str, Any]:
    """AWS's words for it."""
    message = (
        f"User: {role} is not authorized to perform: {action} on resource: {resource} because no "
        f"identity-based policy allows the {action} action"
    )
    return {"__type": "AccessDeniedException", "Message": message}


def _resource(request: Request) -> str:
    """The one resource of the calls that functions make: an endpoint or a table."""
    body = json.loads(request.body)
    table = body.get("TableName") or next(iter(body.get("RequestItems", ())), "")
    name = f"table/{table}" if table else f"endpoint/{body.get('EndpointName', '*').lower()}"
    return f"arn:aws:{request.service}:{request.region}:{request.account}:{name}"
