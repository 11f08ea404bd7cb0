"""Request authorizer: finds the caller's key in either header and hands it to API Gateway.

It decides nothing: the usage plan does, by the key that is returned here.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from typing import Any

from slm.errors import Unauthorized
from slm.gateway.api_key import read_api_key


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer API Gateway's question for one request.

    Raises:
        Exception: There is no key, or there are two. API Gateway knows just the text
            "Unauthorized", and answers it with its response of that name.
    """
    try:
        key = read_api_key(
            (name, value)
            for name, values in (event.get("multiValueHeaders") or {}).items()
            for value in values
        )
    except Unauthorized:
        raise Exception("Unauthorized") from None
    return {
        # It reaches logs and the function, so it says nothing of the key.
        "principalId": "api-key",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": event["methodArn"],
                }
            ],
        },
        "usageIdentifierKey": key,
    }
