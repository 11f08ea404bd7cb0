"""What a model runs on: an instance of the catalog, or a GPU by its name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from slm.instances import Hardware, Instance, catalog, find, hardware_of
from slm.planning.errors import PlanError

AMPERE: Final = 8.0
ADA: Final = 8.9
HOPPER: Final = 9.0
"""CUDA compute capabilities: the least of a generation of GPUs."""

_SEEN: Final = 0.985
"""Share of a GPU's memory that a process sees, where nobody has published it."""

_SMALL_MESSAGE_BYTES: Final = 2**20
"""NCCL sends messages up to about this size by a protocol that trades bandwidth for latency."""


@dataclass(frozen=True)
class Link:
    """How GPUs add up what each of them computed (an all-reduce).

    Attributes:
        latency_s: Least time of one.
        small_bytes_per_s: Of the first ``_SMALL_MESSAGE_BYTES``, for each GPU.
        large_bytes_per_s: Of what is beyond.
    """

    latency_s: float
    small_bytes_per_s: float
    large_bytes_per_s: float

    def all_reduce_s(self, size: float) -> float:
        """The time for a message of some bytes."""
        small = min(size, _SMALL_MESSAGE_BYTES)
        return (
            self.latency_s
            + small / self.small_bytes_per_s
            + (size - small) / self.large_bytes_per_s
        )


_NVLINK: Final = Link(15e-6, 200e9, 200e9)
_PCIE: Final = Link(40e-6, 1.2e9, 3e9)
_FAR_PCIE: Final = Link(70e-6, 0.35e9, 1.5e9)
"""Without peer-to-peer access, as on g4dn to g6e, messages go through main memory, and for more
than four GPUs through that of two sockets: fitted on public measurements, ``docs/planning.md``."""


@dataclass(frozen=True)
class Gpus:
    """The GPUs that a model is split over.

    Attributes:
        name: Name of the GPU.
        count: Number of them.
        memory_gib: Memory of each that a process can address.
        capability: CUDA compute capability; None where there is no CUDA.
        bandwidth_gb_s: Peak memory bandwidth of each.
        tflops: Peak dense fp16 of each.
        nvlink: Whether they talk over NVLink; over PCIe otherwise.
    """

    name: str
    count: int
    memory_gib: float
    capability: float | None
    bandwidth_gb_s: float
    tflops: float
    nvlink: bool

    def reaches(self, capability: float) -> bool:
        """Whether they have CUDA of that compute capability or newer."""
        return self.capability is not None and self.capability >= capability

    @property
    def link(self) -> Link:
        """What connects them."""
        if self.nvlink:
            return _NVLINK
        return _FAR_PCIE if self.count > 4 else _PCIE


@dataclass(frozen=True)
class _Card:
    memory_gib: float
    capability: float
    bandwidth_gb_s: float
    tflops: float
    nvlink: bool = False


_OTHER_CARDS: Final[Mapping[str, _Card]] = {
    "A10": _Card(22.2, 8.6, 600, 125),
    "A30": _Card(23.5, 8.0, 933, 165),
    "A40": _Card(44.4, 8.6, 696, 150),
    "A4000": _Card(15.7, 8.6, 448, 77),
    "A5000": _Card(23.5, 8.6, 768, 111),
    "A6000": _Card(47.5, 8.6, 768, 155),
    "A100 80GB PCIe": _Card(79.15, 8.0, 1935, 312),
    "H100 PCIe": _Card(79.1, 9.0, 2039, 756),
    "H100 NVL": _Card(93.1, 9.0, 3938, 835, True),
    "GH200": _Card(94.5, 9.0, 4000, 989, True),
    "H200": _Card(139.8, 9.0, 4800, 989, True),
    "B200": _Card(178.3, 10.0, 8000, 2250, True),
    "L20": _Card(44.5, 8.9, 864, 119),
    "V100 16GB": _Card(15.77, 7.0, 900, 125, True),
    "V100 32GB": _Card(31.74, 7.0, 900, 125, True),
    "RTX 3060": _Card(11.76, 8.6, 360, 25),
    "RTX 3080": _Card(9.77, 8.6, 760, 60),
    "RTX 3090": _Card(23.68, 8.6, 936, 71),
    "RTX 4060 Ti": _Card(15.6, 8.9, 288, 44),
    "RTX 4070": _Card(11.7, 8.9, 504, 58),
    "RTX 4080": _Card(15.7, 8.9, 717, 97),
    "RTX 4090": _Card(23.64, 8.9, 1008, 165),
    "RTX 5090": _Card(31.3, 12.0, 1792, 210),
    "RTX 6000 Ada": _Card(47.5, 8.9, 960, 364),
}
"""GPUs that SageMaker has not, for comparison with published figures: NVIDIA's datasheets; memory
as CUDA reports it."""

_NVLINKED: Final = ("A100", "H100", "H200")
_SAYS_NOTHING: Final = re.compile(r"nvidia|tesla|geforce|quadro|gpu|class|sxm\d*|hbm\w*")


def gpus_of_instance(instance_type: str, count: int | None = None) -> Gpus:
    """An instance's GPUs.

    Args:
        instance_type: For example ``ml.g5.xlarge``; the ``ml.`` may be left out.
        count: How many of them; all if None.

    Raises:
        UnsupportedInstance: The catalog has no such instance.
        PlanError: It has no GPU or fewer, or its GPUs' figures are unknown.
    """
    name = instance_type if instance_type.startswith("ml.") else f"ml.{instance_type}"
    if hardware_of(name) not in (Hardware.CUDA, Hardware.NEURON):
        raise PlanError(f"{name} has no GPU, and plans are made for GPUs. Take ml.g4dn.xlarge.")
    instance = find(name)
    if count is not None and not 1 <= count <= instance.gpu_count:
        raise PlanError(f"{name} has {instance.gpu_count} GPUs, not {count}.")
    return _of(instance, count or instance.gpu_count)


def _of(instance: Instance, count: int) -> Gpus:
    if instance.memory_bandwidth_gb_s is None:
        raise PlanError(
            f"{instance.type}: nobody has published the bandwidth of its {instance.gpu_name}, so "
            "no speed can be told. Choose another instance, or give --gpu-memory-gib and "
            "--gpu with a GPU that is like it."
        )
    return Gpus(
        name=instance.gpu_name,
        count=count,
        memory_gib=instance.usable_gpu_memory_gib or instance.gpu_memory_gib * _SEEN,
        capability=instance.compute_capability,
        bandwidth_gb_s=instance.memory_bandwidth_gb_s,
        # Where it is unknown: prefill is bound by it, decoding is not.
        tflops=instance.fp16_tflops or instance.memory_bandwidth_gb_s * 0.25,
        nvlink=any(name in instance.gpu_name for name in _NVLINKED),
    )


def gpus_by_name(name: str, count: int, memory_gib: float | None = None) -> Gpus:
    """GPUs by the name of one.

    Args:
        name: For example ``A10G``, ``NVIDIA L4``, ``RTX 4090``.
        count: How many.
        memory_gib: What a process sees of each, if it is not as usual.

    Raises:
        PlanError: No such GPU is known; the message lists them.
    """
    cards = _cards()
    found = _match(name, cards)
    if found is None:
        # Imported here: most names are known.
        import difflib

        near = difflib.get_close_matches(name, list(cards), n=1, cutoff=0.4)
        raise PlanError(
            f"{name}: no such GPU is known.{f' Did you mean {near[0]}?' if near else ''} "
            f"Known: {', '.join(sorted(cards))}."
        )
    card = cards[found]
    return Gpus(
        name=found,
        count=count,
        memory_gib=memory_gib or card.memory_gib,
        capability=card.capability,
        bandwidth_gb_s=card.bandwidth_gb_s,
        tflops=card.tflops,
        nvlink=card.nvlink,
    )


@cache
def _cards() -> Mapping[str, _Card]:
    cards = dict(_OTHER_CARDS)
    for instance in catalog().values():
        if instance.compute_capability and instance.memory_bandwidth_gb_s:
            gpus = _of(instance, 1)
            name = " ".join(w for w in instance.gpu_name.split() if w not in ("NVIDIA", "SXM"))
            cards[name] = _Card(
                gpus.memory_gib,
                instance.compute_capability,
                gpus.bandwidth_gb_s,
                gpus.tflops,
                gpus.nvlink,
            )
    return cards


def _match(name: str, cards: Mapping[str, _Card]) -> str | None:
    names = {_simple(card): card for card in cards}
    # With its memory, which tells the two A100 apart, and without, which others do not have; then
    # without what only some cards' names have.
    forms = (name, re.sub(r"\d+ ?gi?b", "", name.lower()))
    for form in (*forms, *(re.sub(r"(?i)pcie|rtx", "", form) for form in forms)):
        wanted = _simple(form)
        if wanted in names:
            return names[wanted]
        starting = [card for simple, card in names.items() if wanted and simple.startswith(wanted)]
        if starting:
            return min(starting, key=lambda card: (card in _OTHER_CARDS, cards[card].memory_gib))
    return None


def _simple(name: str) -> str:
    text = re.sub(r"^\d+ ?x ", "", name.lower()).replace("-", " ").replace("_", " ")
    words = text.replace("gb", "gb ").split()
    return "".join(word for word in words if not _SAYS_NOTHING.fullmatch(word))


def gpus_for(
    *, instance: str, gpu: str, gpus: int | None, memory_gib: float | None
) -> tuple[Gpus, str]:
    """The GPUs that options name, and their instance; empty for hardware outside of the list.

    Raises:
        PlanError: The options contradict each other, or name nothing that is known.
        UnsupportedInstance: The catalog has no such instance.
    """
    if gpu and instance:
        raise PlanError(f"--instance {instance} has GPUs of its own: leave out --gpu {gpu}.")
    if gpu:
        return gpus_by_name(gpu, gpus or 1, memory_gib), ""
    if instance:
        found = gpus_of_instance(instance, gpus)
        name = instance if instance.startswith("ml.") else f"ml.{instance}"
        return (replace(found, memory_gib=memory_gib) if memory_gib else found), name
    if memory_gib:
        # Unknown but for its memory: figures of the middle class, the speed is a guess.
        return Gpus(f"GPU of {memory_gib:g} GiB", gpus or 1, memory_gib, 8.6, 600, 100, False), ""
    raise PlanError("Name the hardware: --instance, --gpu, or --gpu-memory-gib.")
