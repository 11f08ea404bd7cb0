"""Shapes from a ``config.json``, for models that the catalog does not have."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from slm.planning.errors import PlanError
from slm.planning.models import LONG_CONTEXT, ModelShape

_FP16_BYTES: Final = 2

_TWO_MATRICES: Final = frozenset({"GPTNeoXForCausalLM", "PhiForCausalLM", "Starcoder2ForCausalLM"})
"""Their MLP has no gate, though the configuration looks as if it had one."""


def from_config(name: str, config: Mapping[str, Any], source: str) -> ModelShape:
    """A shape from a ``config.json``, its parameters computed.

    Args:
        name: What to call the model.
        config: What the file holds.
        source: Where it is from, for the message.

    Raises:
        PlanError: It lacks what is needed.
    """
    text = config.get("text_config") or config
    try:
        layers = _needed(text, "num_hidden_layers", "n_layer")
        heads = _needed(text, "num_attention_heads", "n_head")
        hidden = _needed(text, "hidden_size", "n_embd", "d_model")
        vocab = int(text.get("vocab_size") or _needed(config, "vocab_size"))
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(
            f"{source}: {error} is missing, which the config.json of every language model has."
        ) from None
    kv_heads = int(text.get("num_key_value_heads") or (1 if text.get("multi_query") else heads))
    head_dim = int(text.get("head_dim") or hidden // heads)
    architectures = config.get("architectures") or [""]
    gated_mlp = (
        "intermediate_size" in text
        and text.get("hidden_act") != "gelu_new"
        and architectures[0] not in _TWO_MATRICES
    )
    inner = int(text.get("intermediate_size") or text.get("n_inner") or 4 * hidden)
    experts = int(
        text.get("num_local_experts")
        or text.get("num_experts")
        or text.get("n_routed_experts")
        or 0
    )
    per_token = int(text.get("num_experts_per_tok") or 0) + int(text.get("n_shared_experts") or 0)
    inner = int(text.get("moe_intermediate_size") or inner) if experts else inner
    tied = bool(text.get("tie_word_embeddings", config.get("tie_word_embeddings", False)))
    attention = 2 * hidden * head_dim * (heads + kv_heads)
    mlp = (3 if gated_mlp else 2) * hidden * inner * max(experts, 1) + hidden * experts
    parameters = layers * (attention + mlp + 2 * hidden) + vocab * hidden * (1 if tied else 2)
    latent = text.get("kv_lora_rank")
    per_layer = (
        int(latent) + int(text.get("qk_rope_head_dim", 0)) if latent else 2 * kv_heads * head_dim
    )
    window, full = _window(text, layers)
    return ModelShape(
        name=name,
        parameters=parameters,
        layers=layers,
        attention_heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        hidden_size=hidden,
        intermediate_size=inner,
        vocab=vocab,
        max_context=int(text.get("max_position_embeddings") or text.get("n_positions") or 2048),
        dtype=str(text.get("torch_dtype") or config.get("torch_dtype") or "bfloat16"),
        tied=tied,
        kv_bytes_per_token=_FP16_BYTES * layers * per_layer,
        experts=experts,
        experts_per_token=per_token,
        gated=None,
        architecture=str(architectures[0]),
        window=window,
        full_layers=full,
    )


def _window(text: Mapping[str, Any], layers: int) -> tuple[int, int]:
    """The window, and how many blocks have none; 0 and 0 where all attend to all."""
    window = int(text.get("sliding_window") or 0)
    kinds = text.get("layer_types")
    pattern = int(text.get("sliding_window_pattern") or 0)
    if window and kinds:
        full = sum(kind == "full_attention" for kind in kinds)
    elif window and pattern:
        full = layers // pattern
    else:
        # A window alone may be switched off elsewhere: more is planned than may be needed.
        return 0, 0
    return (window, full) if full < layers else (0, 0)


def read_config(path: Path, name: str) -> ModelShape:
    """A shape from a model's folder or its ``config.json``.

    Raises:
        PlanError: There is no such file, or it is none.
    """
    file = path / "config.json" if path.is_dir() else path
    try:
        config = json.loads(file.read_text())
    except OSError:
        raise PlanError(f"{file}: there is no such file, or it cannot be read.") from None
    except ValueError as error:
        raise PlanError(f"{file} is not JSON: {error}.") from None
    if not isinstance(config, dict):
        raise PlanError(f"{file}: no config.json of a language model.")
    shape = from_config(name, config, str(file.name))
    index = file.with_name("model.safetensors.index.json")
    try:
        return with_index(shape, config, json.loads(index.read_text()) if index.is_file() else {})
    except ValueError as error:
        raise PlanError(f"{index} is not JSON: {error}.") from None


def with_index(
    shape: ModelShape, config: Mapping[str, Any], index: Mapping[str, Any]
) -> ModelShape:
    """A shape with the number of parameters that a safetensors index tells.

    An index of quantized weights tells their bytes, from which nothing follows.
    """
    size = (index.get("metadata") or {}).get("total_size")
    if not size or "quantization_config" in config:
        return shape
    return replace(shape, parameters=float(size) / (4 if shape.dtype == "float32" else _FP16_BYTES))


def _needed(fields: Mapping[str, Any], *names: str) -> int:
    """The field with one of these names, the usual one first.

    Raises:
        KeyError: There is none; with the usual name.
        TypeError, ValueError: It is no number.
    """
    for name in names:
        if value := fields.get(name):
            return int(value)
    raise KeyError(names[0])


def shape_by_hand(text: str) -> ModelShape:
    """A shape from the fields of a ``config.json``, written as ``name=number name=number``.

    Raises:
        PlanError: A field is no number, or one that is needed is missing.
    """
    config: dict[str, Any] = {"max_position_embeddings": LONG_CONTEXT}
    for part in text.replace(",", " ").split():
        name, _, value = part.partition("=")
        if not value.isdecimal() or not int(value):
            raise PlanError(f"--shape {part}: must be a field of config.json and a number above 0.")
        config[name] = int(value)
    return from_config("model given by hand", config, "--shape")
