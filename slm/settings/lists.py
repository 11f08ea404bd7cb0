"""Lists in the environment: one string, its parts separated by commas, or a JSON list."""

import json


def split_list(value: object) -> object:
    """A string as the list that it holds; anything else as it came.

    Raises:
        ValueError: It begins as a JSON list and is none.
    """
    if isinstance(value, str) and value.startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError("must be separated by commas, or a list in JSON") from None
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value
