"""API keys: switched off for good, found by their tags.

https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateApiKey.html
"""

from typing import Any

from ministack.services import apigateway_v1


def apply() -> None:
    """Read ``enabled`` as the boolean that it is."""
    update = apigateway_v1._update_api_key

    def update_with_booleans(key_id: str, data: dict[str, Any]) -> Any:
        for operation in data.get("patchOperations", []):
            if operation.get("path") == "/enabled":
                operation["value"] = str(operation.get("value")).lower() == "true"
        return update(key_id, data)

    apigateway_v1._update_api_key = update_with_booleans
