"""Why a model would not start: what an engine refuses, and what does not fit."""

from collections.abc import Iterator
from typing import Final

from slm.instances import catalog
from slm.planning.compatibility import refusals
from slm.planning.engine_memory import memory_policy
from slm.planning.memory import (
    GIB,
    MemoryUse,
    download_gib,
    host_memory_gib,
    kv_bytes_per_token,
    memory_use,
)
from slm.planning.obstacle import Obstacle
from slm.planning.request import Request
from slm.planning.tgi_memory import USUAL_PROMPT

_SURE: Final = 0.9
"""Share of the tokens of keys and values on which a plan counts: what an engine measures differs
by some percent from what is computed here, and a promise that fails costs twenty minutes."""


def memory_of(request: Request) -> MemoryUse:
    """How the request's engine divides a GPU."""
    policy = memory_policy(
        request.engine,
        request.version,
        request.gpus,
        vocab=request.shape.vocab,
        context=request.context,
        max_input=_longest_prompt(request),
        share=request.memory_share,
    )
    return memory_use(request.shape, request.fmt, request.gpus, policy, kv_dtype=request.kv_dtype)


def _longest_prompt(request: Request) -> int:
    """The longest prompt that the engine is told to take.

    A prompt that is short for its context describes the load, not the engine's limit.
    """
    told, half = request.load.input_tokens, request.context // 2
    return told if told >= half else min(request.context, max(half, USUAL_PROMPT))


def sure_tokens(memory: MemoryUse) -> int:
    """Tokens of keys and values that are sure to fit."""
    return int(memory.kv_tokens * _SURE)


def problems(request: Request) -> Iterator[Obstacle]:
    """Each reason; what an engine refuses whatever the memory comes first."""
    yield from engine_problems(request)
    yield from memory_problems(request, memory_of(request))


def engine_problems(request: Request) -> Iterator[Obstacle]:
    """What its engine refuses."""
    yield from refusals(
        request.shape,
        request.fmt,
        request.gpus,
        engine=request.engine,
        version=request.version,
        dtype=request.dtype,
    )


def memory_problems(request: Request, memory: MemoryUse) -> Iterator[Obstacle]:
    """What does not fit: on the GPU, in main memory, on the disk, into the model's context."""
    gpu = (
        f"{request.gpus.name} ({memory.available:.1f} GiB of {request.gpus.memory_gib:.1f} usable)"
    )
    if request.context > request.shape.max_context:
        yield Obstacle(
            "context too long",
            f"A context of {request.context} tokens is more than {request.shape.name} has: "
            f"{request.shape.max_context}.",
        )
    disk = _disk_gib(request)
    if disk and download_gib(request.shape, request.fmt) > disk:
        yield Obstacle(
            "disk too small",
            f"{download_gib(request.shape, request.fmt):.0f} GiB must be downloaded, and "
            f"{request.instance_type} has a disk of {disk:.0f} GiB.",
        )
    host = host_memory_gib(request.shape, request.fmt)
    instance = catalog().get(request.instance_type)
    if instance and host > instance.host_memory_gib:
        yield Obstacle(
            "main memory too small",
            f"Loading takes about {host:.0f} GiB of main memory, and {request.instance_type} has "
            f"{instance.host_memory_gib:.0f}.",
        )
    if memory.weights + memory.overhead > memory.available:
        yield Obstacle(
            "weights too large",
            f"The weights alone take {memory.weights:.1f} GiB of each {gpu}.",
        )
    elif sure_tokens(memory) < request.held_tokens:
        needed = request.held_tokens * kv_bytes_per_token(
            request.shape, request.gpus.count, request.kv_dtype
        )
        yield Obstacle(
            "no room for a context",
            f"After the weights ({memory.weights:.1f} GiB) and what computing takes "
            f"({memory.activations + memory.overhead:.1f} GiB), {memory.kv_tokens} tokens of keys "
            f"and values fit on each {gpu}; {request.held_tokens} are needed "
            f"({needed / GIB:.1f} GiB).",
        )


def _disk_gib(request: Request) -> float:
    """The instance's own disk; 0 if it has none, and the volume is made as large as is needed."""
    instance = catalog().get(request.instance_type)
    return instance.local_nvme_gb * 1e9 / GIB if instance else 0.0
