"""Shapes of models, and the catalog of those that are known, each with its source in its row."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

CATALOG_FILE: Final = Path(__file__).parent.parent / "data" / "models.csv"

LONG_CONTEXT: Final = 131_072
"""Longest context of a model of which nobody tells it."""


@dataclass(frozen=True)
class ModelShape:
    """What memory and speed depend on.

    Attributes:
        name: Hub id.
        parameters: Number of weights, embeddings included; tied ones once.
        layers: Transformer blocks.
        attention_heads: Query heads.
        kv_heads: Heads of keys and values.
        head_dim: Size of a head.
        hidden_size: Size of the residual stream.
        intermediate_size: Inner size of the MLP, of one expert where there are experts.
        vocab: Size of the vocabulary.
        max_context: Longest context of the configuration, tokens.
        dtype: Type of the published weights.
        tied: Whether embeddings and head are one matrix.
        kv_bytes_per_token: Of the whole model, in 16 bits.
        experts: Experts of a block; 0 for a dense model.
        experts_per_token: Of these, how many a token goes through.
        gated: Whether the Hub asks for a token; None if unknown.
        architecture: As ``config.json`` calls it.
        window: Last tokens that the other blocks attend to, where not all blocks attend to all.
        full_layers: Blocks that attend to all tokens, where there is a window.
        vision_parameters: Of the parameters, those that look at pictures: no checkpoint
            quantizes them, and a token of text passes them by.
    """

    name: str
    parameters: float
    layers: int
    attention_heads: int
    kv_heads: int
    head_dim: int
    hidden_size: int
    intermediate_size: int
    vocab: int
    max_context: int
    dtype: str
    tied: bool
    kv_bytes_per_token: int
    experts: int
    experts_per_token: int
    gated: bool | None
    architecture: str
    window: int = 0
    full_layers: int = 0
    vision_parameters: float = 0.0

    @property
    def embedding_parameters(self) -> float:
        """Embeddings and, if it is a matrix of its own, the head."""
        return self.vocab * self.hidden_size * (1 if self.tied else 2)

    @property
    def linear_parameters(self) -> float:
        """What a quantization applies to."""
        return self.parameters - self.embedding_parameters - self.vision_parameters

    @property
    def expert_parameters(self) -> float:
        """Of these, in experts."""
        if not self.experts:
            return 0.0
        return 3.0 * self.layers * self.experts * self.hidden_size * self.intermediate_size

    def kv_share(self, gpus: int) -> float:
        """Part of keys and values that each of some GPUs holds.

        Heads are split, and a head never; latent vectors, which stand for all heads, neither.
        """
        latent = self.kv_bytes_per_token < 4 * self.layers * self.kv_heads * self.head_dim
        return 1.0 if latent else 1 / min(gpus, self.kv_heads)

    def held_tokens(self, context: int) -> int:
        """Tokens of a context whose keys and values are held, as if every block held as many."""
        if not self.window:
            return context
        others = self.layers - self.full_layers
        held = self.full_layers * context + others * min(context, self.window)
        return math.ceil(held / self.layers)

    def touched_parameters(self, tokens: int) -> float:
        """Linear weights and head that a step over so many tokens reads.

        Each token goes through some of the experts; with many tokens every expert is somebody's.
        """
        head = self.vocab * self.hidden_size
        if not self.experts:
            return self.linear_parameters + head
        share = 1 - (1 - self.experts_per_token / self.experts) ** max(tokens, 1)
        dense = self.linear_parameters - self.expert_parameters
        return dense + self.expert_parameters * share + head

    @property
    def active_parameters(self) -> float:
        """Weights that one token is multiplied with."""
        return self.touched_parameters(1)


@cache
def catalog() -> Mapping[str, ModelShape]:
    """All models of the catalog, by Hub id."""
    with CATALOG_FILE.open(encoding="utf-8", newline="") as file:
        return {row["hf_model_id"]: _from_row(row) for row in csv.DictReader(file)}


def _from_row(row: Mapping[str, str]) -> ModelShape:
    return ModelShape(
        name=row["hf_model_id"],
        parameters=float(row["params_billion"]) * 1e9,
        layers=int(row["layers"]),
        attention_heads=int(row["attention_heads"]),
        kv_heads=int(row["kv_heads"]),
        head_dim=int(row["head_dim"]),
        hidden_size=int(row["hidden_size"]),
        intermediate_size=int(row["intermediate_size"]),
        vocab=int(row["vocab"]),
        max_context=int(row["max_context"]),
        dtype=row["dtype"],
        tied=row["tied_embeddings"] == "yes",
        kv_bytes_per_token=int(row["kv_bytes_per_token_fp16"]),
        experts=int(row["experts"] or 0),
        experts_per_token=int(row["experts_per_token"] or 0),
        gated={"yes": True, "no": False}.get(row["gated"]),
        architecture=row["architecture"],
        window=int(row["sliding_window"] or 0),
        full_layers=int(row["full_attention_layers"] or 0),
        vision_parameters=float(row["vision_billion"] or 0) * 1e9,
    )
