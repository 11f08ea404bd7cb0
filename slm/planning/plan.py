"""The plan: one answer from memory, compatibility, speed and cost."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from slm.instances import Hardware, Price, hardware_of, price_of
from slm.planning.advice import advice
from slm.planning.cost import Cost, Usage, cost, rest_of_stack
from slm.planning.engine_memory import Version
from slm.planning.errors import PlanError
from slm.planning.formats import find_format, format_in_name
from slm.planning.hardware import gpus_of_instance
from slm.planning.memory import MemoryUse, download_gib, host_memory_gib
from slm.planning.model_names import find_model
from slm.planning.problems import engine_problems, memory_of, memory_problems
from slm.planning.regions import region_notes
from slm.planning.request import DEFAULT_REGION, Request
from slm.planning.speed import SAGEMAKER_S, Load, Speed, speed

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
    memory = memory_of(request)
    refused = tuple(engine_problems(request))
    obstacle = next(iter([*refused, *memory_problems(request, memory)]), None)
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
    return make_plan(
        request,
        usage=Usage.from_settings(settings),
        rest=rest_of_stack(settings),
        web_acl=bool(settings.waf_rate_limit),
    )


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


def _speed(request: Request, memory: MemoryUse) -> Speed:
    return speed(
        request.held_shape,
        request.fmt,
        request.gpus,
        request.load,
        engine=request.engine,
        version=request.version,
        kv_tokens=memory.kv_tokens,
        kv_dtype=request.kv_dtype,
        network_s=SAGEMAKER_S if request.instance_type else 0.0,
    )
