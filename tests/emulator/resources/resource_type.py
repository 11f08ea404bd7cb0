"""What a CloudFormation resource type is made of."""

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from moto.core.base_backend import BackendDict

Properties = dict[str, Any]
Created = tuple[str, dict[str, str]]
"""Physical id, and the attributes for ``Fn::GetAtt``."""

_SUFFIX_LENGTH: Final = 12
_SUFFIX_LETTERS: Final = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class ResourceType:
    """One type.

    Attributes:
        create: From logical id, properties and stack name.
        update: From physical id, old properties, new ones, stack name and logical id.
        delete: From physical id and properties.
        waits: Whether they take their time.
    """

    create: Callable[[str, Properties, str], Created]
    update: Callable[[str, Properties, Properties, str, str], Created]
    delete: Callable[[str, Properties], None]
    waits: bool = False

    def handlers(self) -> dict[str, Any]:
        """As ministack's table has it."""
        return {
            "create": self.create,
            "update": self.update,
            "update_with_logical_id": True,
            "delete": self.delete,
        }


def generated_name(logical_id: str, max_length: int) -> str:
    """A name with a random end, as CloudFormation makes one where the template has none.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
    """
    suffix = "".join(secrets.choice(_SUFFIX_LETTERS) for _ in range(_SUFFIX_LENGTH))
    return f"{logical_id[: max_length - _SUFFIX_LENGTH - 1]}-{suffix}"


def here(backends: BackendDict[Any]) -> Any:
    """A moto service's state in the account and region of the stack operation."""
    return backends[get_account_id()][get_region()]
