"""What is to be planned, and what is taken where nobody says."""

from dataclasses import dataclass, replace
from typing import Final

from slm.planning.engine_version import Version
from slm.planning.formats import WeightFormat
from slm.planning.hardware import Gpus
from slm.planning.models import ModelShape

DEFAULT_REGION: Final = "us-east-1"

USUAL_CONTEXT: Final = 4096
_USUAL_TOKENS: Final = 512


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
        assumed: What nobody said and was taken, a sentence each.
        unknown: A sentence where the catalog has only a relative of the model; else empty.
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
    assumed: tuple[str, ...] = ()
    unknown: str = ""

    @property
    def family(self) -> str:
        """The instance's family: ``g5`` of ``ml.g5.xlarge``."""
        return self.instance_type.removeprefix("ml.").partition(".")[0]

    @property
    def held_shape(self) -> ModelShape:
        """The model as its engine holds it: TGI, and vLLM before 0.10, free nothing behind a
        window that a block no longer looks at.
        """
        frees = self.engine == "llama.cpp" or (
            self.engine == "vllm" and not self.version.before(0, 10)
        )
        return self.shape if frees else replace(self.shape, window=0)

    @property
    def held_tokens(self) -> int:
        """Tokens of keys and values that one request of the whole context holds."""
        return self.held_shape.held_tokens(self.context)


def default_context(shape: ModelShape) -> int:
    """The longest context where nobody names one: that of the settings' default."""
    return min(shape.max_context, USUAL_CONTEXT)


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
    room = max(1, context - (output_tokens or 0))
    prompt = input_tokens or min(output_tokens or usual, usual, room)
    answer = output_tokens or min(usual, max(1, context - prompt))
    return Load(concurrency, prompt, answer)
