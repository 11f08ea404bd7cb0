"""API keys: switched off for good, found by their tags.

https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateApiKey.html
https://docs.aws.amazon.com/apigateway/latest/api/API_TagResource.html
"""

from typing import Any

from ministack.services import apigateway_v1


def apply() -> None:
    """Read ``enabled`` as the boolean that it is; show the tags that were given later."""
    update, tag = apigateway_v1._update_api_key, apigateway_v1._tag_v1_resource
    untag = apigateway_v1._untag_v1_resource

    def update_with_booleans(key_id: str, data: dict[str, Any]) -> Any:
        for operation in data.get("patchOperations", []):
            if operation.get("path") == "/enabled":
                operation["value"] = str(operation.get("value")).lower() == "true"
        return update(key_id, data)

    apigateway_v1._update_api_key = update_with_booleans

    def tag_and_show(arn: str, data: dict[str, Any]) -> Any:
        _tags_of(arn).update(data.get("tags", {}))
        return tag(arn, data)

    def untag_and_show(arn: str, names: list[str]) -> Any:
        for name in names:
            _tags_of(arn).pop(name, None)
        return untag(arn, names)

    apigateway_v1._tag_v1_resource = tag_and_show
    apigateway_v1._untag_v1_resource = untag_and_show


def _tags_of(arn: str) -> dict[str, str]:
    """The tags as GetApiKeys shows them; of anything but a key, a dictionary for nobody."""
    kind, _, key_id = arn.partition("::/")[2].partition("/")
    key = apigateway_v1._api_keys.get(key_id) if kind == "apikeys" else None
    tags: dict[str, str] = {} if key is None else key.setdefault("tags", {})
    return tags
