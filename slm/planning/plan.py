"""The plan: one answer from memory, compatibility, speed and cost."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from slm.instances import Hardware, Price, hardware_of, price_of
from slm.planning.advice import advice
from slm.planning.cost import Cost, Deployment, cost
from slm.planning.engine_version import Version
from slm.planning.errors import PlanError
from slm.planning.formats import find_format, format_in_name
from slm.planning.hardware import gpus_of_instance
from slm.planning.memory import MemoryUse, download_gib, host_memory_gib
from slm.planning.model_names import find_model
from slm.planning.problems import engine_problems, memory_of, memory_problems
from slm.planning.regions import region_notes
from slm.planning.request import DEFAULT_REGION, Load, Request
from slm.planning.speed import Speed, speed

if TYPE_CHECKING:
    from slm.settings import Settings


@dataclass(frozen=True)
class Plan:
    """The answer.

    Attributes:
        request: What was asked.
        fits: Whether it would start and serve.
        reason: Why, in a sentence.
        obstacle: Why it does not fit, in a few words; empty if it does.
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
    obstacle: str
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
    deployment: Deployment = Deployment(),  # noqa: B008 (frozen)
    price: Price | None = None,
) -> Plan:
    """Plan a request: memory, obstacles, speed and cost.

    Args:
        request: What is to be planned.
        deployment: How many instances, how much of the time, and what is around them.
        price: Of an instance; None for the catalog's.
    """
    memory = memory_of(request)
    refused = tuple(engine_problems(request))
    obstacle = next(iter([*refused, *memory_problems(request, memory)]), None)
    estimate = None if refused else speed(request, memory.kv_tokens)
    price = price or price_of(request.instance_type, request.region)
    priced = None
    if price and estimate:
        priced = cost(
            price,
            deployment,
            tokens_per_second=estimate.throughput_tokens_per_second.expected,
            answer_s=estimate.answer_s,
        )
    return Plan(
        request=request,
        fits=obstacle is None,
        reason=obstacle.words if obstacle else _fits_because(request, memory),
        obstacle=obstacle.short if obstacle else "",
        memory=memory,
        max_concurrent_requests=memory.kv_tokens // request.held_tokens,
        host_memory_gib=host_memory_gib(request.shape, request.fmt),
        download_gib=download_gib(request.shape, request.fmt),
        speed=estimate,
        price=price,
        cost=priced,
        advice=(
            *advice(request, memory, estimate, fits=obstacle is None),
            *(region_notes([request.family], price.region, request.region) if price else ()),
        ),
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
    return make_plan(request, deployment=Deployment.from_settings(settings))


def _fits_because(request: Request, memory: MemoryUse) -> str:
    needed = f"{request.held_tokens} are needed"
    if request.held_tokens < request.context:
        needed += (
            f" for {request.context}, of which most blocks keep the last {request.shape.window}"
        )
    return (
        f"Weights {memory.weights:.1f} GiB of {memory.available:.1f} GiB a GPU; "
        f"{memory.kv_tokens} tokens of keys and values fit, {needed}."
    )
