"""The routes of the API, once for all who need them.

The gateway serves them, the CDK construct creates a method for each, the local
gateway asks for a key where they do.
"""

from dataclasses import dataclass
from typing import Final

STAGE: Final = "prod"
"""The API's one stage: first part of the path in AWS."""


@dataclass(frozen=True)
class Route:
    """One method on one path.

    Attributes:
        method: HTTP method.
        path: Path below the stage, as a client writes it. ``{name}`` at its end stands for the
            rest of a path, slashes included: a model's name has one.
        key_required: Whether a caller needs an API key.
    """

    method: str
    path: str
    key_required: bool

    @property
    def resource(self) -> str:
        """The path as API Gateway writes it."""
        return self.path.replace("}", "+}")

    def is_at(self, path: str) -> bool:
        """Whether a request's path is this one."""
        start, variable, _ = self.path.partition("{")
        return path.startswith(start) if variable else path == start


INVOKE: Final = Route("POST", "/invoke", key_required=True)
CHAT_COMPLETIONS: Final = Route("POST", "/v1/chat/completions", key_required=True)
COMPLETIONS: Final = Route("POST", "/v1/completions", key_required=True)
MODELS: Final = Route("GET", "/v1/models", key_required=True)
MODEL: Final = Route("GET", "/v1/models/{model}", key_required=True)
PLAYGROUND: Final = Route("GET", "/", key_required=False)
HEALTH: Final = Route("GET", "/health", key_required=False)
OPENAPI: Final = Route("GET", "/openapi.json", key_required=False)

ROUTES: Final = (
    INVOKE,
    CHAT_COMPLETIONS,
    COMPLETIONS,
    MODELS,
    MODEL,
    PLAYGROUND,
    HEALTH,
    OPENAPI,
)
"""Anything else reaches the gateway without a key: it alone decides 404 and 405."""


GENERATING: Final = (INVOKE, CHAT_COMPLETIONS, COMPLETIONS)
"""Those that make the model work."""


def key_required(method: str, path: str) -> bool:
    """Whether API Gateway asks for a key before this request goes on."""
    return any(r.key_required for r in ROUTES if r.method == method and r.is_at(path))
