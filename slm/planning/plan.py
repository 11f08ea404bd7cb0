"""The plan: one answer from memory, compatibility, speed and cost."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from slm.instances import Hardware, Price, catalog, hardware_of, price_of
from slm.limits import INVOKE_ENDPOINT_STREAM_TIMEOUT_S
from slm.planning.compatibility import refusals, warnings
from slm.planning.cost import Cost, Usage, cost, rest_of_stack
from slm.planning.engine_memory import GIB, Version, memory_policy
from slm.planning.errors import PlanError
from slm.planning.formats import WeightFormat, find_format, format_in_name
from slm.planning.hardware import Gpus, gpus_by_name, gpus_of_instance
from slm.planning.memory import (
    MemoryUse,
    download_gib,
    host_memory_gib,
    kv_bytes_per_token,
    memory_use,
)
from slm.planning.models import ModelShape, find_model
from slm.planning.speed import Load, Speed, speed

if TYPE_CHECKING:
    from slm.settings import Settings

DEFAULT_REGION: Final = "us-east-1"

_DEFAULT_CONTEXT: Final = 4096
_USUAL_TOKENS: Final = 512

_SURE: Final = 0.9
"""Share of the tokens of keys and values on which a plan counts: what an engine measures differs
by some percent from what is computed here, and a promise that fails costs twenty minutes."""


@dataclass(frozen=True)
class Request:
    """What is to be planned.

    Attributes:
        shape: The model.
        fmt: How its weights are stored.
        gpus: What it runs on.
        engine: Model server.
        version: Its version.
        instance_type: Instance of these GPUs; empty for hardware outside of SageMaker.
        region: Where; for the price.
        context: Longest prompt and answer together, tokens.
        load: What is asked.
        kv_dtype: Type of keys and values, ``auto`` or ``fp8``.
        dtype: Type of the computation; empty for the model's own where the GPU has it.
        memory_share: Part of the GPU that the engine uses; None for its own choice.
        token: Whether there is a token for gated models.
    """

    shape: ModelShape
    fmt: WeightFormat
    gpus: Gpus
    engine: str
    version: Version
    instance_type: str
    region: str
    context: int
    load: Load
    kv_dtype: str = "auto"
    dtype: str = ""
    memory_share: float | None = None
    token: bool = False


@dataclass(frozen=True)
class Plan:
    """The answer.

    Attributes:
        request: What was asked.
        fits: Whether it would start and serve.
        reason: Why, in a sentence.
        memory: A GPU's memory by part.
        max_concurrent_requests: Requests of the whole context that fit at once.
        host_memory_gib: Main memory that loading takes.
        download_gib: What comes from the Hub or S3.
        speed: How fast; None where it does not run.
        price: Of an instance; None if unknown.
        cost: What it costs; None where price or speed are unknown.
        advice: What would make it fit, or be better.
    """

    request: Request
    fits: bool
    reason: str
    memory: MemoryUse
    max_concurrent_requests: int
    host_memory_gib: float
    download_gib: float
    speed: Speed | None
    price: Price | None
    cost: Cost | None
    advice: tuple[str, ...]


def make_plan(
    request: Request,
    *,
    usage: Usage = Usage(),  # noqa: B008 (frozen)
    rest: dict[str, float] | None = None,
    web_acl: bool = False,
    price: Price | None = None,
) -> Plan:
    """Answer.

    Args:
        request: What is to be planned.
        usage: How many instances, how much of the time.
        rest: What else a month of the stack costs.
        web_acl: Whether requests pass a web ACL.
        price: Of an instance; None for the catalog's.
    """
    memory = _memory(request)
    refused = tuple(
        refusals(
            request.shape,
            request.fmt,
            request.gpus,
            engine=request.engine,
            version=request.version,
            dtype=request.dtype,
        )
    )
    problem = next(iter([*refused, *_memory_problems(request, memory)]), "")
    estimate = None if refused else _speed(request, memory)
    price = price or price_of(request.instance_type, request.region)
    priced = None
    if price and estimate:
        priced = cost(
            price,
            usage,
            tokens_per_second=estimate.throughput_tokens_per_second.expected,
            answer_s=estimate.answer_s,
            rest=rest or {},
            web_acl=web_acl,
        )
    return Plan(
        request=request,
        fits=not problem,
        reason=problem or _fits_because(request, memory),
        memory=memory,
        max_concurrent_requests=memory.kv_tokens // request.context,
        host_memory_gib=host_memory_gib(request.shape, request.fmt),
        download_gib=download_gib(request.shape, request.fmt),
        speed=estimate,
        price=price,
        cost=priced,
        advice=tuple(_advice(request, memory, estimate, fits=not problem)),
    )


def plan_of_settings(settings: "Settings", region: str = DEFAULT_REGION) -> Plan | None:
    """The plan of what the settings deploy; None where there is nothing to plan with.

    That is: a CPU instance, or a model that is not in the catalog.

    Raises:
        UnsupportedInstance: There is no such instance.
        PlanError: The format is unknown.
    """
    if hardware_of(settings.instance_type) is not Hardware.CUDA:
        return None
    try:
        shape = find_model(settings.hf_model_id)
    except PlanError:
        return None
    name = settings.quantize or format_in_name(f"{settings.hf_model_id} {settings.gguf_file}")
    request = Request(
        shape=replace(shape, name=settings.hf_model_id),
        fmt=find_format(name, engine=settings.engine),
        gpus=gpus_of_instance(settings.instance_type),
        engine=settings.engine,
        version=Version(None),
        instance_type=settings.instance_type,
        region=region,
        context=settings.max_total_tokens,
        load=Load(
            concurrency=1,
            input_tokens=settings.max_input_tokens,
            output_tokens=settings.max_total_tokens - settings.max_input_tokens,
        ),
        token=bool(settings.hf_token_secret or settings.hf_token_parameter),
    )
    return make_plan(
        request,
        usage=Usage.from_settings(settings),
        rest=rest_of_stack(settings),
        web_acl=bool(settings.waf_rate_limit),
    )


def default_context(shape: ModelShape) -> int:
    """The longest context where nobody names one: that of the settings' default."""
    return min(shape.max_context, _DEFAULT_CONTEXT)


def default_load(
    context: int, concurrency: int, input_tokens: int | None, output_tokens: int | None
) -> Load:
    """A load where nobody describes all of it: an answer as long as its prompt, both short.

    Args:
        context: Longest prompt and answer together, tokens.
        concurrency: Requests at the same time.
        input_tokens: Length of a prompt; None if it is open.
        output_tokens: Length of an answer; None if it is open.
    """
    usual = max(1, min(context // 2, _USUAL_TOKENS))
    prompt = input_tokens or min(output_tokens or usual, usual)
    answer = output_tokens or min(usual, max(1, context - prompt))
    return Load(concurrency, prompt, answer)


def _memory(request: Request) -> MemoryUse:
    policy = memory_policy(
        request.engine,
        request.version,
        gpus=request.gpus.count,
        nvlink=request.gpus.nvlink,
        capability=request.gpus.capability or 0.0,
        memory_gib=request.gpus.memory_gib,
        vocab=request.shape.vocab,
        context=request.context,
        max_input=min(request.context, max(request.load.input_tokens, request.context // 2)),
        share=request.memory_share,
    )
    return memory_use(request.shape, request.fmt, request.gpus, policy, kv_dtype=request.kv_dtype)


def _memory_problems(request: Request, memory: MemoryUse) -> Iterator[str]:
    gpu = (
        f"{request.gpus.name} ({memory.available:.1f} GiB of {request.gpus.memory_gib:.1f} usable)"
    )
    if request.context > request.shape.max_context:
        yield (
            f"A context of {request.context} tokens is more than {request.shape.name} has: "
            f"{request.shape.max_context}."
        )
    disk = _disk_gib(request)
    if disk and download_gib(request.shape, request.fmt) > disk:
        yield (
            f"{download_gib(request.shape, request.fmt):.0f} GiB must be downloaded, and "
            f"{request.instance_type} has a disk of {disk:.0f} GiB."
        )
    if memory.weights + memory.overhead > memory.available:
        yield f"The weights alone take {memory.weights:.1f} GiB of each {gpu}."
    elif memory.kv_tokens * _SURE < request.context:
        needed = request.context * kv_bytes_per_token(
            request.shape, request.gpus.count, request.kv_dtype
        )
        yield (
            f"After the weights ({memory.weights:.1f} GiB) and what computing takes "
            f"({memory.activations + memory.overhead:.1f} GiB), {memory.kv_tokens} tokens of keys "
            f"and values fit on each {gpu}; {request.context} are needed ({needed / GIB:.1f} GiB)."
        )


def _disk_gib(request: Request) -> float:
    """The instance's own disk; 0 if it has none, and the volume is made as large as is needed."""
    instance = catalog().get(request.instance_type)
    return instance.local_nvme_gb * 1e9 / GIB if instance else 0.0


def _fits_because(request: Request, memory: MemoryUse) -> str:
    return (
        f"Weights {memory.weights:.1f} GiB of {memory.available:.1f} GiB a GPU; "
        f"{memory.kv_tokens} tokens of keys and values fit, {request.context} are needed."
    )


def _speed(request: Request, memory: MemoryUse) -> Speed:
    return speed(
        request.shape,
        request.fmt,
        request.gpus,
        request.load,
        engine=request.engine,
        version=request.version,
        kv_tokens=memory.kv_tokens,
        kv_dtype=request.kv_dtype,
    )


def _advice(
    request: Request, memory: MemoryUse, estimate: Speed | None, *, fits: bool
) -> Iterator[str]:
    if not fits:
        yield from _what_would_fit(request, memory)
    instance = catalog().get(request.instance_type)
    host = host_memory_gib(request.shape, request.fmt)
    if instance and host > instance.host_memory_gib:
        yield (
            f"Loading takes about {host:.0f} GiB of main memory, and {request.instance_type} has "
            f"{instance.host_memory_gib:.0f}: take the next size."
        )
    yield from warnings(request.shape, request.gpus, engine=request.engine, token=request.token)
    if estimate and estimate.answer_s > INVOKE_ENDPOINT_STREAM_TIMEOUT_S:
        yield (
            f"An answer of {request.load.output_tokens} tokens takes about {estimate.answer_s:.0f} "
            f"s at this load; SageMaker ends it after {INVOKE_ENDPOINT_STREAM_TIMEOUT_S} s. Allow "
            "fewer tokens, or take a faster GPU."
        )


def _what_would_fit(request: Request, memory: MemoryUse) -> Iterator[str]:
    shorter = memory.kv_tokens // 256 * 256
    if shorter >= 1024 and shorter < request.context:
        yield f"A shorter context fits: max_total_tokens = {shorter}."
    for name, words in (
        ("awq", 'a checkpoint in AWQ (a repository whose name ends in -AWQ, quantize = "awq")'),
        ("bitsandbytes-nf4", 'quantize = "bitsandbytes-nf4"'),
    ):
        if (
            request.fmt.name in ("", "bitsandbytes", "eetq", "fp8")
            and request.engine != "llama.cpp"
        ):
            smaller = replace(request, fmt=find_format(name, engine="tgi"))
            if not list(_problems(smaller)):
                yield f"With {words} it fits."
    bigger = _smallest_that_fits(request)
    if bigger:
        price = price_of(bigger, request.region)
        dollars = f", ${price.usd_per_hour:.2f} an hour" if price else ""
        yield f'instance_type = "{bigger}" fits{dollars}.'


def _problems(request: Request) -> Iterator[str]:
    yield from refusals(
        request.shape,
        request.fmt,
        request.gpus,
        engine=request.engine,
        version=request.version,
        dtype=request.dtype,
    )
    yield from _memory_problems(request, _memory(request))


def _smallest_that_fits(request: Request) -> str:
    from slm.planning.compare import candidates

    for candidate in candidates(request):
        if not list(_problems(candidate)):
            return candidate.instance_type
    return ""


def gpus_for(
    *, instance: str, gpu: str, gpus: int | None, memory_gib: float | None
) -> tuple[Gpus, str]:
    """The GPUs that options name, and their instance; empty for hardware outside of the list.

    Raises:
        PlanError: The options contradict each other, or name nothing that is known.
        UnsupportedInstance: The catalog has no such instance.
    """
    if gpu:
        return gpus_by_name(gpu, gpus or 1, memory_gib), ""
    if instance:
        found = gpus_of_instance(instance, gpus)
        name = instance if instance.startswith("ml.") else f"ml.{instance}"
        return (replace(found, memory_gib=memory_gib) if memory_gib else found), name
    if memory_gib:
        # Unknown but for its memory: figures of the middle class, the speed is a guess.
        return Gpus(f"GPU of {memory_gib:g} GiB", gpus or 1, memory_gib, 8.6, 600, 100, False), ""
    raise PlanError("Name the hardware: --instance, --gpu, or --gpu-memory-gib.")
