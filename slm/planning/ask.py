"""From what the command line names to a request that can be planned."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from slm.engines import ENGINES
from slm.planning.engine_version import Version
from slm.planning.errors import PlanError
from slm.planning.formats import WeightFormat, find_format, format_in_name, format_meant
from slm.planning.hardware import gpus_for
from slm.planning.model_config import read_config, shape_by_hand
from slm.planning.model_names import find_model, is_known
from slm.planning.models import ModelShape
from slm.planning.request import USUAL_CONTEXT, Request, default_context, default_load

_ALIKE: Final = {
    "text-generation-inference": "tgi",
    "sglang": "vllm",
    "djl-lmi": "vllm",
    "lmi": "vllm",
    "nim": "vllm",
    "tensorrt-llm": "vllm",
    "llamacpp": "llama.cpp",
    "llama-cpp": "llama.cpp",
}
"""Other engines, and the one of ours whose way with memory is nearest."""

_WORDS: Final = {
    "kv_cache_dtype": ("auto", "fp8", "fp8_e4m3", "fp8_e5m2", "fp8_e4m3fn"),
    "dtype": ("", "auto", "float16", "half", "bfloat16"),
}
"""What options may be that are no numbers."""

_HUB_VARIABLE: Final = "HF_TOKEN"


@dataclass(frozen=True)
class Question:
    """Options of ``slm plan``; empty or None where they were not given.

    Attributes:
        model: Hub id, a model's folder, or a GGUF file.
        model_config: A ``config.json``.
        shape: The model's numbers, by hand.
        hub: Whether to ask the Hub for a model that the catalog does not have.
        quantize: Format of the weights.
        instance: SageMaker instance.
        gpu: A GPU by its name.
        gpus: How many GPUs.
        gpu_memory_gib: What a process sees of each.
        context: Longest prompt and answer together, tokens.
        concurrency: Requests at once.
        input_tokens: Length of a prompt.
        output_tokens: Length of an answer.
        engine: Model server.
        engine_version: Its version.
        region: Where.
        kv_cache_dtype: ``auto`` or ``fp8``.
        dtype: Type of the computation.
        memory_share: Part of the GPU that the engine uses.
        token: Whether there is a token for gated models.
    """

    model: str
    engine: str
    region: str
    model_config: Path | None = None
    shape: str = ""
    hub: bool = False
    quantize: str | None = None
    instance: str = ""
    gpu: str = ""
    gpus: int | None = None
    gpu_memory_gib: float | None = None
    context: int | None = None
    concurrency: int = 1
    input_tokens: int | None = None
    output_tokens: int | None = None
    engine_version: str = ""
    kv_cache_dtype: str = "auto"
    dtype: str = ""
    memory_share: float | None = None
    token: bool = False


def request_of(question: Question) -> Request:
    """The request.

    Raises:
        PlanError: Something that was named is unknown, or no number of its kind.
        UnsupportedInstance: The catalog has no such instance.
    """
    _check_numbers(question)
    engine = _engine(question.engine)
    model = _model(question)
    shape, fmt = model.shape, model.fmt or _format(question, engine)
    gpus, instance = gpus_for(
        instance=question.instance,
        gpu=question.gpu,
        gpus=question.gpus,
        memory_gib=question.gpu_memory_gib,
    )
    context = question.context or default_context(shape)
    load = default_load(
        context, question.concurrency, question.input_tokens, question.output_tokens
    )
    if question.context and load.input_tokens + load.output_tokens > context:
        raise PlanError(
            f"{load.input_tokens} and {load.output_tokens} tokens are more than the context of "
            f"{context}."
        )
    return Request(
        shape=shape,
        fmt=fmt,
        gpus=gpus,
        engine=engine,
        version=Version.parse(question.engine_version),
        instance_type=instance,
        region=question.region,
        context=max(context, load.input_tokens + load.output_tokens),
        load=load,
        kv_dtype="fp8" if question.kv_cache_dtype.startswith("fp8") else "auto",
        dtype=question.dtype,
        memory_share=question.memory_share,
        token=question.token,
        assumed=tuple(_assumed(question, shape, fmt, context)),
        unknown=model.unknown,
    )


def _assumed(
    question: Question, shape: ModelShape, fmt: WeightFormat, context: int
) -> Iterator[str]:
    if question.quantize is None and not fmt.name:
        meant = format_meant(question.model)
        suffix = f" Did you mean -{meant.upper()}?" if meant else ""
        yield f"Weights of 16 bits; --quantize names another format.{suffix}"
    if not question.context and context < USUAL_CONTEXT:
        yield (
            f"A context of {context} tokens instead of {USUAL_CONTEXT}: {shape.name} has "
            "no longer one."
        )


_BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "gpus": (1, 64),
    "gpu_memory_gib": (0.5, 2000),
    "context": (1, 100_000_000),
    "concurrency": (1, 100_000),
    "input_tokens": (1, 100_000_000),
    "output_tokens": (1, 100_000_000),
    "memory_share": (0.05, 1),
}


def _check_numbers(question: Question) -> None:
    for name, (least, most) in _BOUNDS.items():
        value = getattr(question, name)
        if value is not None and not least <= value <= most:
            option = "gpu-memory-utilization" if name == "memory_share" else name.replace("_", "-")
            raise PlanError(f"--{option} {value:.10g}: must be from {least:.10g} to {most:.10g}.")
    for name, known in _WORDS.items():
        value = getattr(question, name)
        if value not in known:
            option = name.replace("_", "-")
            words = ", ".join(word for word in known if word)
            raise PlanError(f"--{option} {value}: there are {words}.")


def _engine(name: str) -> str:
    word = name.strip().lower().partition(" ")[0]
    engine = _ALIKE.get(word, word)
    if engine not in ENGINES:
        raise PlanError(f"--engine {name}: there are {', '.join(ENGINES)}.")
    return engine


def _format(question: Question, engine: str) -> WeightFormat:
    told = format_in_name(question.model)
    if question.quantize is None:
        return find_format(told, engine=engine)
    asked = find_format(question.quantize, engine=engine)
    # A repository of quantized weights has no others, whatever is asked.
    return asked if asked.name or not told else find_format(told, engine=engine)


@dataclass(frozen=True)
class _Model:
    """A model that was found.

    Attributes:
        shape: Its shape.
        fmt: Of its weights; None where the file is not there to tell.
        unknown: As in a request.
    """

    shape: ModelShape
    fmt: WeightFormat | None = None
    unknown: str = ""


def _model(question: Question) -> _Model:
    if question.shape:
        return _Model(shape_by_hand(question.shape))
    path = Path(question.model)
    if path.suffix == ".gguf" and path.exists():
        # Imported here, as below: the catalog has most models, and asks nobody.
        from slm.planning.gguf import read_gguf

        file = read_gguf(path)
        return _Model(file.shape, file.fmt)
    if question.model_config:
        return _Model(read_config(question.model_config, question.model))
    if path.is_dir():
        return _Model(read_config(path, path.resolve().name))
    if path.suffix == ".gguf" and question.model.startswith(("/", "./", "../", "~")):
        raise PlanError(f"--model {question.model}: there is no such file.")
    try:
        found = find_model(question.model)
    except PlanError:
        if not question.hub:
            raise
        from slm.planning.hub import read_hub

        return _Model(read_hub(question.model, token=os.environ.get(_HUB_VARIABLE, "")))
    if found.name == question.model:
        return _Model(found)
    shape = replace(found, name=f"{question.model} (as {found.name})")
    return _Model(
        shape, unknown="" if is_known(question.model) else _unknown(question.model, found)
    )


def _unknown(name: str, found: ModelShape) -> str:
    suffix = format_meant(name)
    meant = f"{re.sub('[^-_. ]+$', '', name)}{suffix.upper()}" if suffix else found.name
    return f"{name} is not in the catalog, planned as {found.name}. Did you mean {meant}?"
