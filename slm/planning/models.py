"""Shapes of models: from the catalog, a ``config.json`` or the command line."""

import csv
import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from slm.planning.errors import PlanError

CATALOG_FILE: Final = Path(__file__).parent.parent / "data" / "models.csv"

_FP16_BYTES: Final = 2

_LONG_CONTEXT: Final = 131_072
"""Of a model of which nobody tells it."""


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
        source: Where this is from.
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
    source: str

    @property
    def embedding_parameters(self) -> float:
        """Embeddings and, if it is a matrix of its own, the head."""
        return self.vocab * self.hidden_size * (1 if self.tied else 2)

    @property
    def linear_parameters(self) -> float:
        """What a quantization applies to."""
        return self.parameters - self.embedding_parameters

    @property
    def expert_parameters(self) -> float:
        """Of these, in experts."""
        if not self.experts:
            return 0.0
        return 3.0 * self.layers * self.experts * self.hidden_size * self.intermediate_size

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
        source=row["source"],
    )


_SAYS_NOTHING: Final = frozenset(
    [
        "meta",
        "instruct",
        "chat",
        "it",
        "hf",
        "base",
        "text",
        "sft",
        "dpo",
        "preview",
        "unsloth",
        "turbo",
        "the",
        "bloke",
        "dynamic",
        "quant",
        "quantized",
        "awq",
        "gptq",
        "gguf",
        "exl2",
        "bnb",
        "bitsandbytes",
        "marlin",
        "fp8",
        "fp16",
        "bf16",
        "int8",
        "int4",
        "4bit",
        "8bit",
        "nf4",
        "w4a16",
        "w8a16",
        "w8a8",
        "g128",
        "128g",
        "4k",
        "8k",
        "32k",
        "128k",
        "1m",
    ]
)
"""Words of a repository's name that do not change the shape."""

_SPELLED: Final = 4
_NEARLY: Final = 0.85
"""From how many letters on, and how alike, a word is taken for another one misspelt."""

_SIZE: Final = re.compile(r"\d[mb]\b")
_THOUSANDS: Final = re.compile(r"(?<![\w.])(\d+)k(?![\w.])")
_BILLIONS: Final = re.compile(r"\d+(\.\d+)?b")
_SIZE_TOLERANCE: Final = 0.25
_VERSION: Final = re.compile(r"v\d+(\.\d+)*$")
_DATE: Final = re.compile(r"\d{4}$")

_DESCENDANTS: Final = {
    "zephyr-7b": "mistral-7b", "openhermes-2.5": "mistral-7b", "starling-lm-7b": "mistral-7b",
    "neural-7b": "mistral-7b", "openchat-3.5": "mistral-7b", "mathstral-7b": "mistral-7b",
    "biomistral-7b": "mistral-7b", "vicuna-7b": "llama-2-7b", "vicuna-13b": "llama-2-13b",
    "vicuna-33b": "llama-30b", "llama-13b": "llama-13b", "llama2-7b": "llama-2-7b",
    "llama2-13b": "llama-2-13b", "llama2-70b": "llama-2-70b", "llama3-8b": "llama-3-8b",
    "llama3-70b": "llama-3-70b", "llama3.1-8b": "llama-3.1-8b", "llama3.1-70b": "llama-3.1-70b",
    "llama-3-3-70b": "llama-3.3-70b", "mixtral-8x7b": "mixtral-8x7b", "qwq-32b": "qwen2.5-32b",
    "supernova": "llama-3.1-70b", "nemotron-70b": "llama-3.1-70b", "nova": "qwen2-72b",
    "internlm2.5-8b": "internlm2-5-7b", "internlm2.5-7b": "internlm2-5-7b",
    "internlm2-7b": "internlm2-5-7b", "falcon-180b": "falcon-180b", "phi-3-medium": "phi-3-medium",
    "mistral-small-24b": "mistral-small-24b", "mistral-large": "mistral-large",
    "codellama-34b": "codellama-34b", "deepseek-r1-distill-qwen-7b": "qwen2.5-7b",
}  # fmt: skip
"""Well-known fine-tunes whose names do not hold their base's."""


def find_model(name: str) -> ModelShape:
    """A model's shape by its name: itself, the same in another format, or a fine-tune of it.

    Raises:
        PlanError: The catalog has nothing like it; the message suggests what is near.
    """
    known = catalog()
    if name in known:
        return known[name]
    for candidate in known:
        if candidate.lower() == name.lower():
            return known[candidate]
    found = _by_words(name)
    if found is None or _is_typo(name):
        raise PlanError(_unknown(name))
    return replace(found, max_context=max(found.max_context, _told_context(name)))


def _told_context(name: str) -> int:
    """The longest context of a relative: what its name tells, or that of today's models.

    The same model in another format has its own and no more.
    """
    told = [int(thousands) * 1024 for thousands in _THOUSANDS.findall(name.lower())]
    if told:
        return max(told)
    return 0 if "-".join(_words(name)) in _keys() else _LONG_CONTEXT


def _is_typo(name: str) -> bool:
    """Whether a word is nearly one that names have, but not quite."""
    words = {word for key in _keys() for word in key.split("-")} | _SAYS_NOTHING
    words |= {word for key in _DESCENDANTS for word in key.split("-")}
    known = [word for word in words if word.isalpha() and len(word) >= _SPELLED]
    return any(
        word.isalpha()
        and len(word) >= _SPELLED
        and word not in words
        and difflib.get_close_matches(word, known, n=1, cutoff=_NEARLY)
        for word in _words(name)
    )


def _by_words(name: str) -> ModelShape | None:
    words = _words(name)
    joined = "-".join(words)
    keys = _keys()
    if joined in keys:
        return keys[joined]
    padded = f"-{joined}-"
    for descendant in sorted(_DESCENDANTS, key=len, reverse=True):
        if f"-{descendant}-" in padded and _DESCENDANTS[descendant] in keys:
            return keys[_DESCENDANTS[descendant]]
    # A key with a size says more than a family's name.
    sized = sorted((key for key in keys if _SIZE.search(key)), key=len, reverse=True)
    families = sorted(keys.keys() - set(sized), key=len, reverse=True)
    matches = [
        *(key for key in sized if f"-{key}-" in padded),
        *(key for key in sized if _is_within(key.split("-"), words)),
        *(key for key in families if f"-{key}-" in padded),
    ]
    return next((keys[key] for key in matches if _has_size(keys[key], words)), None)


def _has_size(shape: ModelShape, words: list[str]) -> bool:
    """Whether a shape has about the parameters that a name tells, if it tells any."""
    told = next((float(word[:-1]) for word in words if _BILLIONS.fullmatch(word)), None)
    return told is None or abs(shape.parameters / 1e9 / told - 1) < _SIZE_TOLERANCE


def _is_within(part: list[str], words: list[str]) -> bool:
    """Whether all of a key's words are there, in their order, with others between."""
    rest = iter(words)
    return all(word in rest for word in part)


@cache
def _keys() -> Mapping[str, ModelShape]:
    """What is left of each catalog name when the words that say nothing are taken out."""
    keys: dict[str, ModelShape] = {}
    for name, shape in catalog().items():
        keys.setdefault("-".join(_words(name)), shape)
    return keys


def _words(name: str) -> list[str]:
    text = re.sub(r"\(.*?\)", "", name.lower()).rpartition("/")[2]
    text = re.sub(r"[_\s+,]+", "-", text.strip())
    words = [w for w in text.split("-") if w and w not in _SAYS_NOTHING]
    return [w for w in words if not _VERSION.fullmatch(w) and not _DATE.fullmatch(w)]


def _unknown(name: str) -> str:
    names = {known.lower().rpartition("/")[2]: known for known in catalog()}
    last = name.lower().rpartition("/")[2]
    near = difflib.get_close_matches(last, list(names), n=3, cutoff=0.6)
    meant = f" Did you mean {' or '.join(names[n] for n in near)}?" if near else ""
    return (
        f"{name}: this model is not in the catalog.{meant} Ask the Hub with --hub, give "
        "its config.json with --model-config FILE, a GGUF file with --model, or its numbers with "
        '--shape "num_hidden_layers=32 hidden_size=4096 num_attention_heads=32 '
        'num_key_value_heads=8 intermediate_size=14336 vocab_size=128256".'
    )


def from_config(name: str, config: Mapping[str, Any], source: str) -> ModelShape:
    """A shape from a ``config.json``, its parameters computed.

    Raises:
        PlanError: It lacks what is needed.
    """
    text = config.get("text_config") or config
    try:
        layers = int(text.get("num_hidden_layers") or text["n_layer"])
        heads = int(text.get("num_attention_heads") or text["n_head"])
        hidden = int(text.get("hidden_size") or text.get("n_embd") or text["d_model"])
        vocab = int(text.get("vocab_size") or config["vocab_size"])
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(
            f"{source}: no config.json of a language model, {error} is missing."
        ) from None
    kv_heads = int(text.get("num_key_value_heads") or (1 if text.get("multi_query") else heads))
    head_dim = int(text.get("head_dim") or hidden // heads)
    gated_mlp = "intermediate_size" in text and text.get("hidden_act") != "gelu_new"
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
    architectures = config.get("architectures") or [""]
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
        source=source,
    )


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


def shape_by_hand(text: str) -> ModelShape:
    """A shape from the fields of a ``config.json``, written as ``name=number name=number``.

    Raises:
        PlanError: A field is no number, or one that is needed is missing.
    """
    config: dict[str, Any] = {"max_position_embeddings": _LONG_CONTEXT}
    for part in text.replace(",", " ").split():
        name, _, value = part.partition("=")
        if not value.isdecimal() or not int(value):
            raise PlanError(f"--shape {part}: must be a field of config.json and a number above 0.")
        config[name] = int(value)
    return from_config("model given by hand", config, "--shape")
