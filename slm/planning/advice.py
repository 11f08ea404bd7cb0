"""What would make it fit, and what to look out for."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from slm.instances import catalog, price_of
from slm.limits import INVOKE_ENDPOINT_STREAM_TIMEOUT_S, INVOKE_ENDPOINT_TIMEOUT_S
from slm.planning.candidates import candidates
from slm.planning.compatibility import warnings
from slm.planning.formats import find_format
from slm.planning.memory import MemoryUse, download_gib, roomy_host_gib
from slm.planning.problems import problems, sure_tokens
from slm.planning.request import Request
from slm.planning.speed import Speed

_LARGE_FORMATS: Final = frozenset({"", "bitsandbytes", "eetq", "fp8"})
_SMALL_FORMATS: Final = {
    "awq": 'a checkpoint in AWQ (a repository whose name ends in -AWQ, quantize = "awq")',
    "bitsandbytes-nf4": 'quantize = "bitsandbytes-nf4"',
}
"""Formats of 4 bits -> how to ask for them."""


def advice(
    request: Request, memory: MemoryUse, estimate: Speed | None, *, fits: bool
) -> Iterator[str]:
    """What would make it fit, and what to look out for.

    Args:
        request: What was asked.
        memory: How a GPU is divided.
        estimate: How fast it is; None where it does not run.
        fits: Whether it fits.
    """
    if fits:
        yield from _slow_start(request)
    else:
        yield from _what_would_fit(request, memory)
    yield from warnings(request.shape, request.gpus, engine=request.engine, token=request.token)
    if not fits or not estimate:
        return
    if estimate.answer_s > INVOKE_ENDPOINT_STREAM_TIMEOUT_S:
        yield (
            f"An answer of {request.load.output_tokens} tokens takes about {estimate.answer_s:.0f} "
            f"s at this load; SageMaker ends it after {INVOKE_ENDPOINT_STREAM_TIMEOUT_S} s. Allow "
            "fewer tokens, or take a faster GPU."
        )
    elif estimate.answer_s > INVOKE_ENDPOINT_TIMEOUT_S:
        yield (
            f"An answer of {request.load.output_tokens} tokens takes about {estimate.answer_s:.0f} "
            f"s at this load, and SageMaker ends one that is not streamed after "
            f"{INVOKE_ENDPOINT_TIMEOUT_S} s: stream it."
        )


def _slow_start(request: Request) -> Iterator[str]:
    instance = catalog().get(request.instance_type)
    wanted = roomy_host_gib(request.shape, request.fmt)
    if instance is None or instance.host_memory_gib >= wanted:
        return
    roomier = next(
        (
            candidate.instance_type
            for candidate in candidates(request)
            if candidate.gpus == request.gpus
            and catalog()[candidate.instance_type].host_memory_gib >= wanted
        ),
        "",
    )
    yield (
        f"The start is slow: main memory ({instance.host_memory_gib:.0f} GiB) cannot keep the "
        f"checkpoint ({download_gib(request.shape, request.fmt):.0f} GiB), which is then read from "
        "the disk a second time."
        + (f" {roomier} has the same GPU and room for it." if roomier else "")
    )


def _what_would_fit(request: Request, memory: MemoryUse) -> Iterator[str]:
    shorter = min(sure_tokens(memory) // 256 * 256, request.shape.max_context)
    if 1024 <= shorter < request.context and not list(problems(replace(request, context=shorter))):
        yield (
            f"A shorter context fits: max_total_tokens = {shorter}, and max_input_tokens less "
            "than that."
        )
    if request.fmt.name in _LARGE_FORMATS and request.engine != "llama.cpp":
        for name, words in _SMALL_FORMATS.items():
            smaller = replace(request, fmt=find_format(name, engine=request.engine))
            if not list(problems(smaller)):
                yield f"With {words} it fits."
    bigger = _smallest_that_fits(request)
    if bigger:
        price = price_of(bigger, request.region)
        where = f" in {price.region}" if price and price.region != request.region else ""
        dollars = f", ${price.usd_per_hour:.2f} an hour{where}" if price else ""
        yield f'instance_type = "{bigger}" fits{dollars}.'


def _smallest_that_fits(request: Request) -> str:
    for candidate in candidates(request):
        if not list(problems(candidate)):
            return candidate.instance_type
    return ""
