"""How weights are stored, and what each weighs.

Only the linear layers inside of the blocks are quantized; embeddings and head stay in 16 bits,
but in GGUF, which quantizes all. Figures: bytes a weight, scales and zero points counted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from slm.planning.errors import PlanError


@dataclass(frozen=True)
class WeightFormat:
    """A way to store weights.

    Attributes:
        name: As settings and engines call it; empty for 16 bits.
        bytes_per_weight: Of a linear layer.
        everywhere: Whether embeddings and head have it too.
        min_capability: Least CUDA compute capability that an engine takes it on.
        needs_checkpoint: Whether the repository must hold such weights; otherwise the engine
            quantizes while it loads, and downloads 16 bits.
        batch_bytes_per_weight: Memory traffic a weight and step when several requests are
            computed together; where the kernel unpacks into 16 bits first, it is more.
        efficiency: Share of the bandwidth that the kernel reaches, of what 16 bits reach.
        marlin: Whether current engines have a faster kernel for it, from Ampere on.
        arithmetic: Share of the fp16 arithmetic rate: 2 where it computes in 8 bits.
    """

    name: str
    bytes_per_weight: float
    everywhere: bool = False
    min_capability: float = 0.0
    needs_checkpoint: bool = True
    batch_bytes_per_weight: float | None = None
    efficiency: float = 1.0
    marlin: bool = False
    arithmetic: float = 1.0


_GROUP: Final = 128
_4BIT_GROUPED: Final = 4 / 8 + 2 / _GROUP + 0.5 / _GROUP
"""GPTQ and AWQ: 4 bits, an fp16 scale and a 4-bit zero point for 128 weights."""

_4BIT_SYMMETRIC: Final = 4 / 8 + 2 / _GROUP
_NF4: Final = 4 / 8 + 1 / 64 + 4 / (64 * 256)
"""bitsandbytes with double quantization: an 8-bit scale for 64 weights, an fp32 one for 256 of
these (QLoRA; TGI loads with ``compress_statistics=True``)."""

_UNPACKED: Final = _NF4 + 2 * 2
"""bitsandbytes writes the weights in 16 bits and reads them again, for more than one request."""

SIXTEEN_BIT: Final = WeightFormat("", 2.0, needs_checkpoint=False)

GGUF_EFFICIENCY: Final = 0.9

_GGUF_BITS: Final[Mapping[str, float]] = {
    "q2_k": 3.35, "q3_k_s": 3.66, "q3_k_m": 4.02, "q3_k_l": 4.45, "iq3_m": 3.76, "iq4_xs": 4.46,
    "iq4_nl": 4.68, "q4_0": 4.67, "q4_1": 5.12, "q4_k_s": 4.67, "q4_k_m": 4.89, "q5_0": 5.57,
    "q5_1": 6.03, "q5_k_s": 5.57, "q5_k_m": 5.70, "q6_k": 6.56, "q8_0": 8.50,
}  # fmt: skip
"""Bits a weight over a whole Llama-3.1-8B file (llama.cpp, ``tools/quantize/README.md``)."""

_NAMED: Final = {
    fmt.name: fmt
    for fmt in (
        SIXTEEN_BIT,
        WeightFormat("fp32", 4.0, everywhere=True),
        WeightFormat(
            "bitsandbytes-nf4",
            _NF4,
            needs_checkpoint=False,
            batch_bytes_per_weight=_UNPACKED,
            efficiency=0.45,
        ),
        WeightFormat(
            "bitsandbytes", 1.001, needs_checkpoint=False, efficiency=0.4, min_capability=7.5
        ),
        WeightFormat("eetq", 1.001, needs_checkpoint=False, efficiency=0.85, min_capability=7.0),
        WeightFormat("fp8", 1.0005, needs_checkpoint=False, min_capability=7.5, arithmetic=2.0),
        WeightFormat("w8a8", 1.001, min_capability=7.5, arithmetic=2.0),
        WeightFormat("w8a16", 1.0234, min_capability=8.0, efficiency=0.8, marlin=True),
        WeightFormat("gptq", _4BIT_GROUPED, min_capability=6.0, efficiency=0.7, marlin=True),
        WeightFormat("gptq-8bit", 1.0234, min_capability=6.0, efficiency=0.8, marlin=True),
        WeightFormat("awq", _4BIT_GROUPED, min_capability=7.5, efficiency=0.7, marlin=True),
        WeightFormat("marlin", _4BIT_SYMMETRIC, min_capability=8.0, efficiency=0.7, marlin=True),
        WeightFormat("w4a16", _4BIT_SYMMETRIC, min_capability=8.0, efficiency=0.7, marlin=True),
        WeightFormat("exl2", _4BIT_GROUPED, min_capability=8.0, efficiency=0.7),
        WeightFormat("nvfp4", 0.5625, min_capability=8.0, efficiency=0.7, marlin=True),
        WeightFormat("mxfp4", 0.53125, min_capability=8.0, efficiency=0.7, marlin=True),
        *(
            WeightFormat(name, bits / 8, everywhere=True, efficiency=GGUF_EFFICIENCY)
            for name, bits in _GGUF_BITS.items()
        ),
    )
}

_MXFP4_FILE: Final = WeightFormat("mxfp4", 0.579, everywhere=True, efficiency=GGUF_EFFICIENCY)
"""In a GGUF file: experts in 4 bits, all else in 8 (gpt-oss-20b: 12.1 GB for 20.9 billion)."""

_SYNONYMS: Final = {
    "none": "", "no": "", "fp16": "", "bf16": "", "f16": "", "float16": "", "bfloat16": "",
    "half": "", "auto": "", "nf4": "bitsandbytes-nf4", "fp4": "bitsandbytes-nf4",
    "bitsandbytes-fp4": "bitsandbytes-nf4", "bnb-nf4": "bitsandbytes-nf4",
    "bnb-fp4": "bitsandbytes-nf4", "bnb-4bit": "bitsandbytes-nf4",
    "bitsandbytes-4bit": "bitsandbytes-nf4", "4bit": "bitsandbytes-nf4",
    "int4": "bitsandbytes-nf4", "bitsandbytes-int8": "bitsandbytes",
    "bitsandbytes-8bit": "bitsandbytes", "bnb-8bit": "bitsandbytes", "bnb-int8": "bitsandbytes",
    "int8": "bitsandbytes", "8bit": "bitsandbytes", "eetq-int8": "eetq", "awq-marlin": "awq",
    "gptq-marlin": "gptq", "awq-4bit": "awq", "gptq-4bit": "gptq", "awq-int4": "awq",
    "gptq-int4": "gptq", "gptq-int8": "gptq-8bit", "awq-marlin-4bit": "awq",
    "gptq-marlin-4bit": "gptq", "fp8-e4m3": "fp8", "fp8-dynamic": "fp8", "fbgemm-fp8": "fp8",
    "fp8-static": "fp8", "compressed-tensors": "w4a16", "w4a16-g128": "w4a16",
    "int8-w8a8": "w8a8", "float32": "fp32",
}  # fmt: skip

_IN_REPOSITORY_NAMES: Final = (
    (re.compile(r"awq"), "awq"),
    (re.compile(r"gptq.*(8bit|int8)"), "gptq-8bit"),
    (re.compile(r"gptq"), "gptq"),
    (re.compile(r"(bnb|bitsandbytes)[-_ ]*(8bit|int8)"), "bitsandbytes"),
    (re.compile(r"(bnb|bitsandbytes)"), "bitsandbytes-nf4"),
    (re.compile(r"w4a16"), "w4a16"),
    (re.compile(r"w8a16"), "w8a16"),
    (re.compile(r"fp8"), "fp8"),
    (re.compile(r"w8a8"), "w8a8"),
    (re.compile(r"nvfp4"), "nvfp4"),
    (re.compile(r"exl2"), "exl2"),
    (re.compile(r"marlin"), "marlin"),
    (re.compile(r"mxfp4|gpt-oss"), "mxfp4"),
)

_SUFFIXES: Final = ("awq", "gptq", "fp8")
"""With which names of repositories of quantized weights usually end."""


def find_format(name: str, *, engine: str) -> WeightFormat:
    """A format by any of its usual names.

    Args:
        name: For example ``bitsandbytes-nf4``, ``awq 4bit``, ``Q4_K_M``; empty for 16 bits.
        engine: "bitsandbytes" alone is 8 bits for TGI and 4 for vLLM.

    Raises:
        PlanError: There is no such format; the message lists them.
    """
    key = name.strip().lower().partition("(")[0].strip()
    if key in _GGUF_BITS:
        return _NAMED[key]
    key = key.replace("_", "-").replace(" ", "-")
    if key == "mxfp4" and engine == "llama.cpp":
        return _MXFP4_FILE
    if key == "bitsandbytes" and engine == "vllm":
        return _NAMED["bitsandbytes-nf4"]
    found = (
        _NAMED.get(_SYNONYMS.get(key, key))
        or _NAMED.get(key.replace("-", "_"))
        or _NAMED.get(format_in_name(name) or name)
    )
    if found is None:
        known = ", ".join(sorted(n for n in _NAMED if n and not _NAMED[n].everywhere))
        raise PlanError(
            f'quantize = "{name}": no such format. Known: none, {known}, and GGUF types such as '
            "Q4_K_M."
        )
    return found


def format_meant(model: str) -> str:
    """The format that a name's last word nearly is: ``awq`` of ``Qwen3-14B-AWG``; else empty."""
    # Imported here: nearly all names are spelt well.
    import difflib

    *before, last = re.split(r"[-_. ]", model.lower().rpartition("/")[2])
    near = difflib.get_close_matches(last, _SUFFIXES, n=1) if before else []
    return near[0] if near and near[0] != last and len(near[0]) == len(last) else ""


def format_in_name(model: str) -> str:
    """The format that a repository's name tells of; empty if it tells of none."""
    key = model.lower()
    for gguf in sorted(_GGUF_BITS, key=len, reverse=True):
        if re.search(rf"(?<![a-z0-9]){gguf}(?![a-z0-9])", key):
            return gguf
    for pattern, name in _IN_REPOSITORY_NAMES:
        if pattern.search(key):
            return name
    return ""
