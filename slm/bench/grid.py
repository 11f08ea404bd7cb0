"""All kinds of load, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from slm.bench.load import Load, Server, run_load
from slm.bench.summary import Summary

PROMPTS: Final = (
    "Write a story about a lighthouse keeper who finds a letter.",
    "Explain how bread is made, from the field to the table.",
    "Describe a walk through an old town in the rain.",
    "Tell me about the planets of the solar system, one by one.",
    "Give advice to someone who plants a garden for the first time.",
    "Describe how a bicycle works to a curious child.",
    "Write a letter to a friend who moved to another country.",
    "Explain why the sea is salty and rivers are not.",
)
"""What is asked, in turn: small models answer these at length."""


@dataclass(frozen=True)
class Cell:
    """One kind of load.

    Attributes:
        stream: Whether answers are streamed.
        concurrency: Clients.
    """

    stream: bool
    concurrency: int

    @property
    def name(self) -> str:
        """For people."""
        clients = "client" if self.concurrency == 1 else "clients"
        return f"{'streamed' if self.stream else 'whole'}, {self.concurrency} {clients}"


def cells_of(concurrencies: Sequence[int]) -> list[Cell]:
    """Each number of clients, whole and streamed."""
    return [Cell(stream, number) for stream in (False, True) for number in concurrencies]


async def measure(
    server: Server,
    cell: Cell,
    *,
    seconds: float,
    max_tokens: int,
    prompts: Sequence[str] = PROMPTS,
) -> Summary:
    """One cell's figures.

    Args:
        server: Who answers.
        cell: The kind of load.
        seconds: How long requests begin.
        max_tokens: Longest answer, in tokens.
        prompts: What is asked, in turn.
    """
    load = Load(cell.concurrency, cell.stream, max_tokens, prompts, seconds=seconds)
    return Summary.of([await run_load(server, load)])
