"""What a GGUF file says of itself: shape and size, from its head alone.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from slm.planning.errors import PlanError
from slm.planning.formats import GGUF_EFFICIENCY, WeightFormat
from slm.planning.models import ModelShape

_MAGIC: Final = b"GGUF"
_STRING: Final = 8
_ARRAY: Final = 9
_SCALARS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q",
    12: "<d",
}  # fmt: skip
_MOST_KEYS: Final = 10_000
_LONGEST_STRING: Final = 2**24
_LONGEST_ARRAY: Final = 2**24


@dataclass(frozen=True)
class GgufFile:
    """A file and the shape it holds.

    Attributes:
        shape: The model.
        fmt: Its weights, as bytes a weight over the whole file.
    """

    shape: ModelShape
    fmt: WeightFormat


def read_gguf(path: Path) -> GgufFile:
    """Read the head of a file.

    Raises:
        PlanError: There is no such file, or it is no GGUF file of a language model.
    """
    try:
        with path.open("rb") as file:
            values = _head(file)
        size = path.stat().st_size
    except OSError:
        raise PlanError(f"{path}: there is no such file, or it cannot be read.") from None
    except (struct.error, ValueError) as error:
        raise PlanError(f"{path.name} is no whole GGUF file: {error}.") from None
    try:
        shape = _shape(path.name, values)
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise PlanError(f"{path.name} holds no language model: {error} is missing.") from None
    return GgufFile(
        shape,
        WeightFormat(
            path.stem, size / shape.parameters, everywhere=True, efficiency=GGUF_EFFICIENCY
        ),
    )


_FULL_EVERY: Final = {"gemma2": 2, "gemma3": 6, "gpt-oss": 2}
"""Architecture -> every how many-th block attends to all tokens; the others to a window."""


def _shape(name: str, values: dict[str, Any]) -> ModelShape:
    kind = values["general.architecture"]

    def number(key: str) -> int:
        return int(values[f"{kind}.{key}"])

    layers, heads = number("block_count"), number("attention.head_count")
    hidden, inner = number("embedding_length"), number("feed_forward_length")
    kv_heads = int(values.get(f"{kind}.attention.head_count_kv", heads))
    head_dim = int(values.get(f"{kind}.attention.key_length", hidden // heads))
    vocab = int(values.get(f"{kind}.vocab_size") or values["tokenizer.ggml.tokens"])
    experts = int(values.get(f"{kind}.expert_count", 0))
    per_token = int(values.get(f"{kind}.expert_used_count", 0))
    inner = int(values.get(f"{kind}.expert_feed_forward_length", inner))
    attention = 2 * hidden * head_dim * (heads + kv_heads)
    mlp = 3 * hidden * inner * max(experts, 1)
    return ModelShape(
        name=str(values.get("general.name", name)),
        parameters=float(layers * (attention + mlp) + 2 * vocab * hidden),
        layers=layers,
        attention_heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        hidden_size=hidden,
        intermediate_size=inner,
        vocab=vocab,
        max_context=number("context_length"),
        dtype="",
        tied=False,
        kv_bytes_per_token=4 * layers * kv_heads * head_dim,
        experts=experts,
        experts_per_token=per_token,
        gated=None,
        architecture=str(kind),
        window=number("attention.sliding_window") if kind in _FULL_EVERY else 0,
        full_layers=layers // _FULL_EVERY[kind] if kind in _FULL_EVERY else 0,
    )


def _head(file: BinaryIO) -> dict[str, Any]:
    if file.read(4) != _MAGIC:
        raise ValueError("it does not begin with GGUF")
    (version,) = _read(file, "<I")
    if version not in (2, 3):
        raise ValueError(f"version {version} is not known")
    _, count = _read(file, "<QQ")
    if count > _MOST_KEYS:
        raise ValueError(f"{count} keys")
    return dict(_pair(file) for _ in range(count))


def _pair(file: BinaryIO) -> tuple[str, Any]:
    key = _string(file)
    (kind,) = _read(file, "<I")
    return key, _value(file, kind)


def _value(file: BinaryIO, kind: int) -> Any:
    """A value; of an array its length, which is all that is needed."""
    if kind == _STRING:
        return _string(file)
    if kind != _ARRAY:
        return _read(file, _scalar(kind))[0]
    inner, length = _read(file, "<IQ")
    if length > _LONGEST_ARRAY:
        raise ValueError(f"an array of {length}")
    if inner == _STRING:
        for _ in range(length):
            _string(file)
    elif inner == _ARRAY:
        for _ in range(length):
            _value(file, _ARRAY)
    else:
        file.seek(length * struct.calcsize(_scalar(inner)), 1)
    return length


def _scalar(kind: int) -> str:
    if kind not in _SCALARS:
        raise ValueError(f"type {kind} is not known")
    return _SCALARS[kind]


def _string(file: BinaryIO) -> str:
    (length,) = _read(file, "<Q")
    if length > _LONGEST_STRING:
        raise ValueError(f"a string of {length} bytes")
    return file.read(length).decode(errors="replace")


def _read(file: BinaryIO, layout: str) -> tuple[Any, ...]:
    return struct.unpack(layout, file.read(struct.calcsize(layout)))
