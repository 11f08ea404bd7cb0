"""How fast: tokens a second, and how long until the first one."""

from dataclasses import dataclass
from typing import Final

from slm.planning.engine_memory import most_requests
from slm.planning.engine_speed import Factors, usual_factors
from slm.planning.request import Request
from slm.planning.timing import Timing

_SAGEMAKER_S: Final = 15e-3
"""From the client through the gateway's side of SageMaker and back, once a request."""

_BUSY: Final = 0.9
"""Most of the time that prompts are taken to need, for the wait of one for others."""

_SPREAD: Final = 1.72
"""Low and high are expected divided and multiplied by it."""


@dataclass(frozen=True)
class Range:
    """A figure that is not known exactly.

    Attributes:
        low: It is seldom less.
        expected: As likely more as less.
        high: It is seldom more.
    """

    low: float
    expected: float
    high: float

    @classmethod
    def around(cls, expected: float) -> "Range":
        """A range of the usual width."""
        return cls(expected / _SPREAD, expected, expected * _SPREAD)


@dataclass(frozen=True)
class Speed:
    """How fast.

    Attributes:
        decode_tokens_per_second: Of one request that is alone.
        throughput_tokens_per_second: Of all requests together.
        time_to_first_token_s: Of a prompt of the planned length, seconds, while others' answers
            are under way.
        burst_first_token_s: The mean of all prompts where they come at the same moment, seconds.
        answer_s: Until the longest planned answer is whole, at the planned load, seconds.
    """

    decode_tokens_per_second: Range
    throughput_tokens_per_second: Range
    time_to_first_token_s: Range
    burst_first_token_s: Range
    answer_s: float


def speed(request: Request, kv_tokens: int, factors: Factors | None = None) -> Speed:
    """How fast a request's model answers its load.

    Args:
        request: What is planned.
        kv_tokens: Tokens that fit: more requests than fit wait for each other.
        factors: How near the engine comes to the hardware; None for what was fitted.
    """
    shape, load = request.held_shape, request.load
    timing = Timing(
        shape,
        request.fmt,
        request.gpus,
        factors or usual_factors(request.engine, request.version),
        request.kv_dtype,
    )
    network_s = _SAGEMAKER_S if request.instance_type else 0.0
    # A request holds its prompt and, on average, half of its answer.
    held = load.input_tokens + load.output_tokens // 2
    room = kv_tokens // max(shape.held_tokens(held), 1)
    most = most_requests(request.engine, request.version, request.gpus)
    at_once = max(1, min(load.concurrency, room, most))
    alone = timing.step_s(1, held)
    prefill = timing.prefill_s(load.input_tokens)
    # Each of the others' prompts is computed between two tokens of ours.
    prompts = at_once / max(load.output_tokens, 1)
    together = timing.step_s(at_once, held, prompts=prompts, prompt_tokens=load.input_tokens)
    # The first of those that have no room waits for one turn of answers, the last one for all.
    turns = max(load.concurrency / at_once - 1, 0)
    queue = turns / 2 * load.output_tokens * together
    first = prefill + network_s + queue
    # Computed one after the other, the last one waits for all: (n + 1) / 2 of n on average.
    all_prompts = timing.prefill_s(load.input_tokens, prompts=at_once)
    burst = all_prompts * (at_once + 1) / (2 * at_once) + network_s + queue
    if at_once > 1:
        # A new request waits for the step that is running, and for prompts before its own.
        beside = timing.prompt_compute_s(load.input_tokens)
        busy = min(prompts * beside / together, _BUSY)
        first += together + beside * busy / (2 * (1 - busy))
    return Speed(
        decode_tokens_per_second=Range.around(1 / alone),
        throughput_tokens_per_second=Range.around(at_once / together),
        time_to_first_token_s=Range.around(first),
        burst_first_token_s=Range.around(burst),
        answer_s=first + load.output_tokens * together,
    )
