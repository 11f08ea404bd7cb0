"""Which shape a repository's name tells: itself, another format of it, or a fine-tune."""

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from slm.planning.errors import PlanError
from slm.planning.formats import format_in_name, format_meant
from slm.planning.models import LONG_CONTEXT, ModelShape, catalog

FINE_TUNES_FILE: Final = Path(__file__).parent.parent / "data" / "fine_tunes.csv"
"""Words of well-known fine-tunes whose names do not hold their base's, and that base's Hub id."""

_SAYS_NOTHING: Final = frozenset({
    "meta", "instruct", "chat", "it", "hf", "base", "text", "sft", "dpo", "preview", "unsloth",
    "turbo", "the", "bloke", "dynamic", "quant", "quantized", "awq", "gptq", "gguf", "exl2", "bnb",
    "bitsandbytes", "marlin", "fp8", "fp16", "bf16", "int8", "int4", "4bit", "8bit", "nf4", "w4a16",
    "w8a16", "w8a8", "quantized.w4a16", "quantized.w8a16", "quantized.w8a8", "autoround", "g128",
    "128g", "4k", "8k", "32k", "128k", "1m",
})  # fmt: skip
"""Words of a repository's name that do not change the shape."""

_SPELLED: Final = 4
_NEARLY: Final = 0.85
"""From how many letters on, and how alike, a word is taken for another one misspelt."""

_SIZE: Final = re.compile(r"\d[mb]\b")
_THOUSANDS: Final = re.compile(r"(?<![\w.])(\d+)k(?![\w.])")
_BILLIONS: Final = re.compile(r"\d+(\.\d+)?b")
_SIZE_TOLERANCE: Final = 0.25
_GENERATION: Final = re.compile(r"\b(llama|gemma|phi)(?=\d)")
_QWEN: Final = re.compile(r"\bqwen-(?=(1\.5|2|2\.5|3)-)")
"""People write llama3 and qwen-2.5; the Hub has llama-3 and qwen2.5."""

_OTHERWISE: Final = frozenset({"multimodal", "omni"})
"""Words of models with more to them than the text model of that name and size."""

_VERSION: Final = re.compile(r"v\d+(\.\d+)*$")
_GGUF_ENDING: Final = re.compile(r"(?i)([-._](i?q\d\w*|b?f16))?(\.gguf)?$")
_DATE: Final = re.compile(r"\d{4}$")


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
    found = _same_in_another_format(name) or _by_words(name)
    if found is None or _is_typo(name):
        raise PlanError(_unknown(name))
    return replace(found, max_context=max(found.max_context, _told_context(name)))


def is_known(name: str) -> bool:
    """Whether a name that is found is the catalog's, or a listed fine-tune's, in any format.

    Spelling and owner do not matter; a version that the catalog's name does not have does.
    """
    if any(name.lower() == candidate.lower() for candidate in catalog()):
        return True
    # With a file the settings name its repository before it.
    alone = name.partition(" ")[0] if name.endswith(".gguf") else name
    plain = _GGUF_ENDING.sub("", alone)
    joined = "-".join(_words(plain))
    if any(f"-{fine_tune}-" in f"-{joined}-" for fine_tune in _fine_tunes()):
        return not format_meant(plain)
    same = _same_in_another_format(plain) or _keys().get(joined)
    return same is not None and _version(plain) in ("", _version(same.name))


def is_same_model(name: str, other: str) -> bool:
    """Whether two names are spellings of one model, in one format.

    A fine-tune has its base's shape, and is another model.
    """
    if name.lower() == other.lower():
        return True
    try:
        alike = find_model(name).name == find_model(other).name
    except PlanError:
        return False
    return alike and _words(name) == _words(other) and format_in_name(name) == format_in_name(other)


def _same_in_another_format(name: str) -> ModelShape | None:
    """The catalog's model whose whole name, its date included, begins this one."""
    last = name.lower().rpartition("/")[2]
    begin = {known.lower().rpartition("/")[2]: known for known in catalog()}
    return next(
        (
            catalog()[known]
            for start, known in begin.items()
            if last.startswith(f"{start}-")
            and all(word in _SAYS_NOTHING for word in last.removeprefix(f"{start}-").split("-"))
        ),
        None,
    )


def _version(name: str) -> str:
    """``v0.3`` of ``Mistral-7B-Instruct-v0.3``; empty if the name tells none."""
    words = re.split(r"[-_\s]+", name.lower().rpartition("/")[2])
    return next((word for word in words if _VERSION.fullmatch(word)), "")


def _told_context(name: str) -> int:
    """The longest context of a relative: what its name tells, or that of today's models.

    The same model in another format has its own and no more.
    """
    told = [int(thousands) * 1024 for thousands in _THOUSANDS.findall(name.lower())]
    if told:
        return max(told)
    return 0 if "-".join(_words(name)) in _keys() else LONG_CONTEXT


def _is_typo(name: str) -> bool:
    """Whether a word is nearly one that names have, but not quite."""
    # Imported here and below: most models are asked for by their own name.
    import difflib

    words = {word for key in _keys() for word in key.split("-")} | _SAYS_NOTHING
    words |= {word for key in _fine_tunes() for word in key.split("-")}
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
    if not _OTHERWISE.isdisjoint(words):
        return None
    padded = f"-{joined}-"
    for fine_tune in sorted(_fine_tunes(), key=len, reverse=True):
        if f"-{fine_tune}-" in padded:
            return _fine_tunes()[fine_tune]
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
    told = _told_billions(words)
    return told is None or abs(shape.parameters / 1e9 / told - 1) < _SIZE_TOLERANCE


def _told_billions(words: list[str]) -> float | None:
    return next((float(word[:-1]) for word in words if _BILLIONS.fullmatch(word)), None)


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


@cache
def _fine_tunes() -> Mapping[str, ModelShape]:
    """Words of a fine-tune's name -> its base."""
    with FINE_TUNES_FILE.open(encoding="utf-8", newline="") as file:
        return {row["name"]: catalog()[row["base"]] for row in csv.DictReader(file)}


def _words(name: str) -> list[str]:
    text = re.sub(r"\(.*?\)", "", name.lower()).rpartition("/")[2]
    # Ollama has a colon before the size.
    text = re.sub(r"[_\s+,:]+", "-", text.strip())
    text = _QWEN.sub("qwen", _GENERATION.sub(r"\1-", text))
    words = [w for w in text.split("-") if w and w not in _SAYS_NOTHING]
    return [w for w in words if not _VERSION.fullmatch(w) and not _DATE.fullmatch(w)]


def _unknown(name: str) -> str:
    import difflib

    names = {known.lower().rpartition("/")[2]: known for known in catalog()}
    last = name.lower().rpartition("/")[2]
    words = _words(name)
    family = "-".join([*(word for word in words if not _BILLIONS.fullmatch(word)), ""])
    relatives = [shape for key, shape in _keys().items() if key.startswith(family)]
    told = _told_billions(words)
    if told is not None:
        relatives.sort(key=lambda shape: abs(shape.parameters / 1e9 - told))
    near = [shape.name for shape in relatives[:3]] or [
        names[n] for n in difflib.get_close_matches(last, list(names), n=3, cutoff=0.6)
    ]
    meant = f" Did you mean {' or '.join(near)}?" if near else ""
    return (
        f"{name}: this model is not in the catalog.{meant} Ask the Hub with --hub, give "
        "its config.json with --model-config FILE, a GGUF file with --model, or its numbers with "
        '--shape "num_hidden_layers=32 hidden_size=4096 num_attention_heads=32 '
        'num_key_value_heads=8 intermediate_size=14336 vocab_size=128256".'
    )
