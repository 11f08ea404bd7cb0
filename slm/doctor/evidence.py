"""The evidence of a case: lines by source, what the deployment looks like, what was not seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from slm.doctor.sources import Source

IN_CASE: Final = ("context", "log_lines", "failure_reason", "cfn_reason", "http")
"""Fields of a case in JSON, in the order in which things happened."""


@dataclass(frozen=True)
class Context:
    """What is known of the deployment; empty or 0 where it is not.

    Attributes:
        model: Hub id or path.
        instance_type: SageMaker instance, or other words for the hardware.
        image: Container image, or other words for the engine.
        environment: Variables of the container.
        words: Whatever else was said of it.
    """

    model: str = ""
    instance_type: str = ""
    image: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    words: str = ""

    @property
    def engine(self) -> str:
        """The engine that the image names; empty if it names none of ours."""
        image = f"{self.image} {' '.join(self.environment)}".lower()
        names = {"vllm": "vllm", "llama": "llama.cpp", "tgi": "tgi", "text-generation": "tgi"}
        return next((engine for word, engine in names.items() if word in image), "")


@dataclass
class Evidence:
    """Lines in the order in which they were written, source by source.

    Attributes:
        lines: Source -> lines; an iterable may be read once only, and may be endless.
        context: The deployment.
        unseen: What could not be seen, and why; a sentence each.
        seen: What was looked at.
        facts: Names of what is known besides, for the conditions of signatures.
        flaw: What is wrong with the evidence itself; where no cause is found in it, this is all
            there is to say.
    """

    lines: list[tuple[Source, Iterable[str | bytes]]] = field(default_factory=list)
    context: Context = field(default_factory=Context)
    unseen: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    facts: set[str] = field(default_factory=set)
    flaw: str = ""

    def add(self, source: Source, lines: Iterable[str | bytes]) -> None:
        """Add lines."""
        self.lines.append((source, lines))
