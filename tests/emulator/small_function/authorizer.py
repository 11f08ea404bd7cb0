"""Takes the key from a header of its own, which API Gateway knows nothing of."""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Allow everything, and name the key."""
    return {
        "principalId": "someone",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
            ],
        },
        "usageIdentifierKey": event["headers"].get("x-our-key", ""),
    }
