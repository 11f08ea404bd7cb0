"""How long a step and a prompt take: weights are read once a step, and computed with once a token.

Decoding is bound by memory bandwidth until many requests are computed together; prefill by
arithmetic. ``docs/planning.md`` derives the formulas.
"""

import math
from dataclasses import dataclass
from typing import Final

from slm.planning.engine_speed import Factors
from slm.planning.formats import WeightFormat
from slm.planning.hardware import ADA, AMPERE, Gpus
from slm.planning.memory import kv_bytes_per_token
from slm.planning.models import ModelShape

_MARLIN: Final = 0.9
"""Share of the bandwidth that Marlin kernels reach, of what 16 bits reach: 4-bit weights were
measured to decode 2.5 to 3.3 times as fast on an L4 (``docs/planning.md``)."""

_EXPERT_LAYER_S: Final = 40e-6
"""What a block's own time is more where it has experts, for the kernels that choose and gather
them: fitted on gpt-oss-20b alone on six GPUs (``docs/planning.md``)."""


@dataclass(frozen=True)
class Timing:
    """The times of one model on one set of GPUs, seconds.

    Attributes:
        shape: The model, as its engine holds it.
        fmt: How its weights are stored.
        gpus: What it runs on.
        factors: How near the engine comes to the hardware.
        kv_dtype: Type of keys and values.
    """

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
        weights = self._weight_bytes(requests) / self.gpus.count / self._kernel_efficiency()
        kv = self.shape.held_tokens(context) * kv_bytes_per_token(
            self.shape, self.gpus.count, self.kv_dtype
        )
        read = self._read_s(weights + requests * kv)
        if self.fmt.bytes_per_weight < 1:
            read *= 1 + (requests - 1) * self.factors.unpacking
        compute = requests * self._token_compute_s()
        all_reduces = self._all_reduces_s(requests)
        if self.factors.overlap:
            compute += prompts * self.prompt_compute_s(prompt_tokens)
            all_reduces += prompts * self._all_reduces_s(prompt_tokens)
            step = self._with_launches_s(math.hypot(read, compute) + all_reduces)
        else:
            step = self._with_launches_s(max(read, compute) + all_reduces)
            step += prompts * self._prompts_s(prompt_tokens, 1)
        return step + requests * self.factors.sequence_s

    def prefill_s(self, tokens: int, prompts: int = 1) -> float:
        """Prompts that are computed alone."""
        return self._with_launches_s(self._prompts_s(tokens, prompts))

    def prompt_compute_s(self, tokens: int) -> float:
        """A prompt's arithmetic: its tokens', and each token's attention to those before it."""
        attention = 2 * self.shape.layers * self.shape.attention_heads * self.shape.head_dim
        pairs = tokens * self.shape.held_tokens(tokens)
        return tokens * self._token_compute_s() + attention * pairs / self._flops()

    def _prompts_s(self, tokens: int, prompts: int) -> float:
        read = self._read_s(self._weight_bytes(prompts * tokens) / self.gpus.count)
        compute = prompts * self.prompt_compute_s(tokens)
        return max(compute, read) + self._all_reduces_s(prompts * tokens)

    def _read_s(self, size: float) -> float:
        """Reading so many bytes of a GPU's memory."""
        return size / (self.gpus.bandwidth_gb_s * 1e9 * self.factors.bandwidth)

    def _with_launches_s(self, work_s: float) -> float:
        """What the GPU does, and launching it.

        Old engines launched kernels slower than the GPU ran them: the longer of the two counts.
        """
        layer = self.factors.layer_s + (_EXPERT_LAYER_S if self.shape.experts else 0.0)
        launch = self.factors.step_s + self.shape.layers * layer
        return work_s + launch if self.factors.overlap else max(work_s, launch)

    def _token_compute_s(self) -> float:
        """The arithmetic of one token."""
        return 2 * self.shape.active_parameters / self._flops() / self._arithmetic_gain()

    def _flops(self) -> float:
        """Arithmetic operations a second in 16 bits."""
        return self.gpus.tflops * 1e12 * self.gpus.count * self.factors.arithmetic

    def _kernel_efficiency(self) -> float:
        """Share of the bandwidth that the format's kernel reaches, of what 16 bits reach."""
        if self.fmt.marlin and self.gpus.reaches(AMPERE) and self.factors.overlap:
            return _MARLIN
        return self.fmt.efficiency

    def _arithmetic_gain(self) -> float:
        """8-bit arithmetic is twice as fast where the GPU has it for fp8."""
        return self.fmt.arithmetic if self.gpus.reaches(ADA) else 1.0

    def _all_reduces_s(self, tokens: int) -> float:
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
