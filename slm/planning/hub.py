"""A model's ``config.json`` from the Hub, for what the catalog does not have."""

import json
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from slm.planning.errors import PlanError
from slm.planning.model_config import from_config, with_index
from slm.planning.models import ModelShape

HUB_URL: Final = "https://huggingface.co"

_TIMEOUT_S: Final = 10
_MOST_BYTES: Final = 32 * 2**20


def read_hub(model: str, *, token: str = "", url: str = HUB_URL) -> ModelShape:
    """A shape from a repository's ``config.json``, and its size from the index beside it.

    Args:
        model: Hub id.
        token: For gated repositories; empty for none.
        url: The Hub.

    Raises:
        PlanError: The Hub has no such model, does not show it, or cannot be reached.
    """
    config = _fetch(f"{url}/{model}/resolve/main/config.json", token)
    if config is None:
        raise PlanError(f"{model}: the Hub has no such model, or it has no config.json.")
    shape = from_config(model, config, f"config.json of {url}/{model}")
    index = _fetch(f"{url}/{model}/resolve/main/model.safetensors.index.json", token)
    return with_index(shape, config, index or {})


def _fetch(url: str, token: str) -> dict[str, Any] | None:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        with urlopen(Request(url, headers=headers), timeout=_TIMEOUT_S) as answer:  # noqa: S310
            found = json.loads(answer.read(_MOST_BYTES))
    except HTTPError as error:
        with error:
            if error.code == 404:
                return None
            refused = error.code in (401, 403)
        raise PlanError(
            f"{url}: the Hub answered {error.code}."
            + (
                " The model is gated or private: accept its licence, and set HF_TOKEN."
                if refused
                else " Try again, or give --model-config."
            )
        ) from None
    except (URLError, OSError) as error:
        raise PlanError(
            f"The Hub cannot be reached ({error}). Give the model's config.json with "
            "--model-config FILE."
        ) from None
    except ValueError:
        raise PlanError(f"{url}: what the Hub answered is not JSON.") from None
    return found if isinstance(found, dict) else None
