"""Facts that no line says: arithmetic of the plan, number of GPUs, engine."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from slm.doctor.evidence import Context
from slm.errors import SlmError

_TYPE: Final = re.compile(r"\b(?:ml\.)?([a-z]+\d+[a-z]*\.\d*x?(?:large|metal)\w*)\b", re.IGNORECASE)
_COUNT: Final = re.compile(r"\b(\d+) ?x ?[a-z]", re.IGNORECASE)
_SHARD_VARIABLES: Final = (
    "sm_num_gpus",
    "num_shard",
    "sm_vllm_tensor_parallel_size",
    "tensor_parallel_size",
)
_SHORT_NAMES: Final = ("custom", "own container", "byoc", "flask", "own image")
_QUANTIZE_VARIABLES: Final = ("quantize", "sm_vllm_quantization", "hf_model_quantize")
_TOTAL_VARIABLES: Final = ("max_total_tokens", "sm_vllm_max_model_len", "max_model_len")
_USUAL_CONTEXT: Final = 4096


def facts_of(context: Context, engine: str) -> frozenset[str]:
    """Names of what holds in this context, for the conditions of signatures."""
    return frozenset(_facts(context, engine or "tgi"))


def _facts(context: Context, engine: str) -> Iterator[str]:
    environment = {name.lower(): value for name, value in context.environment.items()}
    gpus = _gpu_count(context.instance_type)
    shards = _number(environment, _SHARD_VARIABLES)
    if gpus > 1:
        yield "many_gpus"
        if shards == 1:
            yield "one_shard_many_gpus"
    if any(words in context.image.lower() for words in _SHORT_NAMES):
        yield "custom_container"
    yield from _plan_facts(context, engine, environment, shards)


def _gpu_count(instance: str) -> int:
    from slm.instances import catalog

    found = _TYPE.search(instance)
    known = catalog().get(f"ml.{found[1].lower()}") if found else None
    if known:
        return known.gpu_count
    count = _COUNT.search(instance)
    return int(count[1]) if count else 0


def _number(environment: Mapping[str, str], names: tuple[str, ...]) -> int:
    for name in names:
        value = environment.get(name, "")
        if value.isdecimal():
            return int(value)
    return 0


def _plan_facts(
    context: Context, engine: str, environment: Mapping[str, str], shards: int
) -> Iterator[str]:
    """What ``slm plan`` says; nothing where model or instance are unknown to it."""
    found = _TYPE.search(context.instance_type)
    if not (context.model and found):
        return
    # Imported here: the catalogs take longer than most evidence.
    from slm.planning.ask import Question, request_of
    from slm.planning.model_names import find_model
    from slm.planning.plan import make_plan
    from slm.planning.request import DEFAULT_REGION

    quantize = next((environment[n] for n in _QUANTIZE_VARIABLES if environment.get(n)), None)
    try:
        shape = find_model(context.model)
        window = _number(environment, _TOTAL_VARIABLES) or min(shape.max_context, _USUAL_CONTEXT)
        question = Question(
            model=shape.name,
            engine=engine,
            region=DEFAULT_REGION,
            quantize=quantize,
            instance=f"ml.{found[1].lower()}",
            context=window,
            gpus=shards or None,
        )
        plan = make_plan(request_of(question))
    except SlmError:
        return
    if plan.memory.weights > plan.memory.available:
        yield "plan_weights_too_large"
    elif plan.memory.kv_tokens < window:
        yield "plan_kv_too_large"
    else:
        yield "plan_fits"
