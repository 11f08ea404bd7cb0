"""What the gateway is told, as one small JSON document in its environment.

``Settings.gateway_config()`` writes it at deploy time (or when the twin starts),
``GatewayConfig.from_json`` reads it where pydantic is not installed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Final

ENVIRONMENT_VARIABLE: Final = "GATEWAY_CONFIG"


@dataclass(frozen=True)
class GatewayConfig:
    """Resolved values; see ``slm.settings.Settings`` for their meaning.

    Attributes:
        endpoint_name: SageMaker endpoint that answers.
        engine: Name of its model server, a key of ``slm.engines.ENGINES``.
        served_model_name: The name clients may ask for.
        hf_model_id: Hub id of the configured model; clients may ask for that too.
        weights: What really answers: the Hub id in AWS, the GGUF file's name on a laptop.
        max_total_tokens: Prompt and answer together, in tokens.
        cors_origins: Origins a browser may call from; empty: CORS is off.
        log_level: Level of the structured log.
        metrics: Whether the log's lines carry CloudWatch metrics.
        tokens_per_day: Usage plan -> tokens that each of its keys may use a day; those without a
            limit are not in it.
        tokens_table: DynamoDB table that counts them; empty where something else does.
    """

    endpoint_name: str
    engine: str
    served_model_name: str
    hf_model_id: str
    weights: str
    max_total_tokens: int
    cors_origins: tuple[str, ...] = ()
    log_level: str = "INFO"
    metrics: bool = False
    tokens_per_day: Mapping[str, int] = field(default_factory=dict)
    tokens_table: str = ""

    def to_json(self) -> str:
        """The document that ``from_json`` reads back."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, document: str) -> "GatewayConfig":
        """Read the document.

        Raises:
            ValueError: It is not this version's document: gateway and stack do not match.
        """
        values = json.loads(document)
        names = {f.name for f in fields(cls)}
        if not isinstance(values, dict) or set(values) - names:
            raise ValueError(f"{ENVIRONMENT_VARIABLE} must hold an object with {sorted(names)}")
        try:
            return cls(**values | {"cors_origins": tuple(values.get("cors_origins", ()))})
        except TypeError as error:
            raise ValueError(f"{ENVIRONMENT_VARIABLE}: {error}") from None
