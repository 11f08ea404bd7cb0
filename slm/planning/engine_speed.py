"""How near each generation of engines comes to the hardware."""

from dataclasses import dataclass, replace
from typing import Final

from slm.planning.engine_version import Version


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

VLLM_BEFORE_08: Final = replace(CURRENT, layer_s=65e-6)
"""vLLM from 0.3 on with its first core, whose steps left more gaps between a block's kernels."""

VLLM_BEFORE_06: Final = replace(VLLM_BEFORE_08, sequence_s=150e-6)
"""vLLM before 0.6, which handled each request in the way of the GPU: 0.6.0 took most of that away
(vLLM's blog, 2024-09-05)."""

OLD: Final = Factors(0.75, 0.45, 1.5e-3, 550e-6, 0.75e-3, 0.3, overlap=False)
"""Before: each kernel launched from Python, slower than the GPU ran it."""


def usual_factors(engine: str, version: Version) -> Factors:
    """The factors of an engine's generation."""
    if (engine == "tgi" and version.before(1, 4)) or (engine == "vllm" and version.before(0, 3)):
        return OLD
    if engine != "vllm" or not version.before(0, 8):
        return CURRENT
    return VLLM_BEFORE_06 if version.before(0, 6) else VLLM_BEFORE_08
