"""Lists in the environment: one string, its parts separated by commas, or a JSON list."""

import json


def split_list(value: object) -> object:
    """A string as the list that it holds; anything else as it came."""
    if isinstance(value, str) and value.startswith("["):
        return json.loads(value)
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value
