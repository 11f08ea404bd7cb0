"""What a person chooses when a twin starts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from slm.local.models import LocalModel

DEFAULT_PORT: Final = 8080
DEFAULT_SLOTS: Final = 8


@dataclass(frozen=True)
class TwinOptions:
    """The choices.

    Attributes:
        model: What answers.
        port: Port of the gateway; 0 for a free one.
        slots: Requests that the model answers at the same time.
        threads: Compute threads of the model; None for its own choice.
    """

    model: "LocalModel"
    port: int
    slots: int
    threads: int | None = None
