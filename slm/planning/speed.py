"""How fast: a step reads the weights once, and computes with them once a request.

Decoding is bound by memory bandwidth until many requests are computed together; prefill by
arithmetic. ``docs/planning.md`` derives the formulas; the factors are fitted on public
measurements as a whole, none to one case.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from slm.planning.engine_memory import Version, most_requests
from slm.planning.formats import WeightFormat
from slm.planning.hardware import Gpus
from slm.planning.memory import kv_bytes_per_token
from slm.planning.models import ModelShape


@dataclass(frozen=True)
class Factors:
    """What no datasheet says: how near an engine comes to the hardware.

    Fitted on public measurements, a generation of engines as a whole; ``docs/planning.md`` has
    the figures and what each measurement does to the others (``benchmarks/plan_fit.py``).

    Attributes:
        bandwidth: Share of the datasheet's bandwidth that matrix-vector kernels reach.
        arithmetic: Share of the datasheet's arithmetic rate that a prefill reaches.
        step_s: A step's own time: scheduling, sampling, seconds.
        layer_s: A block's: launching its kernels.
        sequence_s: A request's in each step.
        unpacking: What each further request adds to a step over weights of less than 8 bits, as
            part of the time that reading them takes.
        overlap: Whether launches wait for nothing, and prompts are computed in the same pass as
            the others' next tokens.
    """

    bandwidth: float
    arithmetic: float
    step_s: float
    layer_s: float
    sequence_s: float
    unpacking: float
    overlap: bool


CURRENT: Final = Factors(0.75, 0.45, 1.0e-3, 20e-6, 70e-6, 0.0, overlap=True)
"""TGI from 1.4 on, vLLM from 0.8 on: CUDA graphs, prompts in pieces."""

BEFORE_08: Final = replace(CURRENT, layer_s=65e-6)
"""vLLM from 0.3 on with its first core, whose steps left more gaps between a block's kernels."""

BEFORE_06: Final = replace(BEFORE_08, sequence_s=150e-6)
"""vLLM before 0.6, which handled each request in the way of the GPU: 0.6.0 took most of that away
(vLLM's blog, 2024-09-05)."""

OLD: Final = Factors(0.75, 0.45, 1.5e-3, 550e-6, 0.75e-3, 0.3, overlap=False)
"""Before: each kernel launched from Python, slower than the GPU ran it."""

_MARLIN: Final = 0.9
"""Share of the bandwidth that Marlin kernels reach, of what 16 bits reach: 4-bit weights were
measured to decode 2.5 to 3.3 times as fast on an L4 (``docs/planning.md``)."""

_EXPERT_LAYER_S: Final = 40e-6
"""What a block's own time is more where it has experts, for the kernels that choose and gather
them: fitted on gpt-oss-20b alone on six GPUs (``docs/planning.md``)."""

SAGEMAKER_S: Final = 15e-3
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


@dataclass(frozen=True)
class Load:
    """What is asked of a model.

    Attributes:
        concurrency: Requests at the same time.
        input_tokens: Length of a prompt.
        output_tokens: Length of an answer.
    """

    concurrency: int
    input_tokens: int
    output_tokens: int


def speed(
    shape: ModelShape,
    fmt: WeightFormat,
    gpus: Gpus,
    load: Load,
    *,
    engine: str,
    version: Version,
    kv_tokens: int,
    kv_dtype: str = "auto",
    network_s: float = 0.0,
    factors: Factors | None = None,
) -> Speed:
    """Estimate.

    Args:
        shape: The model.
        fmt: How its weights are stored.
        gpus: What it runs on.
        load: What is asked.
        engine: Model server.
        version: Its version.
        kv_tokens: Tokens that fit: more requests than fit wait for each other.
        kv_dtype: Type of keys and values.
        network_s: A request's way to the engine and back, seconds.
        factors: How near the engine comes to the hardware; None for what was fitted.
    """
    timing = _Timing(shape, fmt, gpus, factors or usual_factors(engine, version), kv_dtype)
    # A request holds its prompt and, on average, half of its answer.
    held = load.input_tokens + load.output_tokens // 2
    room = kv_tokens // max(shape.held_tokens(held), 1)
    most = most_requests(
        engine, version, capability=gpus.capability or 0.0, memory_gib=gpus.memory_gib
    )
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
        beside = timing.compute_prompt_s(load.input_tokens)
        busy = min(prompts * beside / together, _BUSY)
        first += together + beside * busy / (2 * (1 - busy))
    return Speed(
        decode_tokens_per_second=Range.around(1 / alone),
        throughput_tokens_per_second=Range.around(at_once / together),
        time_to_first_token_s=Range.around(first),
        burst_first_token_s=Range.around(burst),
        answer_s=first + load.output_tokens * together,
    )


def usual_factors(engine: str, version: Version) -> Factors:
    """The factors of an engine's generation."""
    if (engine == "tgi" and version.before(1, 4)) or (engine == "vllm" and version.before(0, 3)):
        return OLD
    if engine != "vllm" or not version.before(0, 8):
        return CURRENT
    return BEFORE_06 if version.before(0, 6) else BEFORE_08


@dataclass(frozen=True)
class _Timing:
    """The times of one model on one set of GPUs, seconds."""

    shape: ModelShape
    fmt: WeightFormat
    gpus: Gpus
    factors: Factors
    kv_dtype: str

    def step_s(
        self, requests: int, context: int, *, prompts: float = 0.0, prompt_tokens: int = 0
    ) -> float:
        """One token for each of some requests, and some prompts.

        Newer engines compute both in one pass, which reads the weights once: arithmetic overlaps
        with reading memory, but not wholly. Old ones stop decoding for a prompt.
        """
        memory = self._weight_bytes(requests) / self.gpus.count / self._efficiency()
        per_token = kv_bytes_per_token(self.shape, self.gpus.count, self.kv_dtype)
        memory += requests * self.shape.held_tokens(context) * per_token
        read = memory / (self.gpus.bandwidth_gb_s * 1e9 * self.factors.bandwidth)
        compute = requests * self._compute_s()
        beside = prompts * self.compute_prompt_s(prompt_tokens)
        if self.fmt.bytes_per_weight < 1:
            read += (requests - 1) * read * self.factors.unpacking
        scheduling = requests * self.factors.sequence_s
        if self.factors.overlap:
            talk = self._talk_s(requests) + prompts * self._talk_s(prompt_tokens)
            return self._with_launches_s(math.hypot(read, compute + beside) + talk) + scheduling
        work = max(read, compute) + self._talk_s(requests)
        return (
            self._with_launches_s(work) + scheduling + prompts * self._prompts_s(prompt_tokens, 1)
        )

    def prefill_s(self, tokens: int, prompts: int = 1) -> float:
        """Prompts that are computed alone."""
        return self._with_launches_s(self._prompts_s(tokens, prompts))

    def compute_prompt_s(self, tokens: int) -> float:
        """A prompt's arithmetic: its tokens', and each token's attention to those before it."""
        attention = 2 * self.shape.layers * self.shape.attention_heads * self.shape.head_dim
        pairs = tokens * self.shape.held_tokens(tokens)
        return tokens * self._compute_s() + attention * pairs / self._rate()

    def _prompts_s(self, tokens: int, prompts: int) -> float:
        read = (
            self._weight_bytes(prompts * tokens)
            / self.gpus.count
            / (self.gpus.bandwidth_gb_s * 1e9 * self.factors.bandwidth)
        )
        compute = prompts * self.compute_prompt_s(tokens)
        return max(compute, read) + self._talk_s(prompts * tokens)

    def _with_launches_s(self, work_s: float) -> float:
        """What the GPU does, and launching it.

        Old engines launched kernels slower than the GPU ran them: the longer of the two counts.
        """
        layer = self.factors.layer_s + (_EXPERT_LAYER_S if self.shape.experts else 0.0)
        launch = self.factors.step_s + self.shape.layers * layer
        return work_s + launch if self.factors.overlap else max(work_s, launch)

    def _compute_s(self) -> float:
        """The arithmetic of one token."""
        return 2 * self.shape.active_parameters / self._rate() / self._arithmetic_gain()

    def _rate(self) -> float:
        """Arithmetic operations a second in 16 bits."""
        return self.gpus.tflops * 1e12 * self.gpus.count * self.factors.arithmetic

    def _efficiency(self) -> float:
        """Share of the bandwidth that the format's kernel reaches, of what 16 bits reach."""
        ampere = (self.gpus.capability or 0) >= 8.0
        return (
            _MARLIN if self.fmt.marlin and ampere and self.factors.overlap else self.fmt.efficiency
        )

    def _arithmetic_gain(self) -> float:
        """8-bit arithmetic is twice as fast where the GPU has it: fp8 from 8.9 on."""
        return self.fmt.arithmetic if (self.gpus.capability or 0) >= 8.9 else 1.0

    def _talk_s(self, tokens: int) -> float:
        """Two all-reduces a block."""
        if self.gpus.count == 1:
            return 0.0
        size = tokens * self.shape.hidden_size * 2
        return 2 * self.shape.layers * self.gpus.link.all_reduce_s(size)

    def _weight_bytes(self, tokens: int) -> float:
        """What a step reads of the weights; many requests may cost more traffic for each."""
        touched = self.shape.touched_parameters(tokens)
        head = self.shape.vocab * self.shape.hidden_size
        per_weight = self.fmt.bytes_per_weight
        if tokens > 1 and self.fmt.batch_bytes_per_weight:
            per_weight = self.fmt.batch_bytes_per_weight
        per_head = per_weight if self.fmt.everywhere else 2.0
        return (touched - head) * per_weight + head * per_head
