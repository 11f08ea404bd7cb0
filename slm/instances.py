"""SageMaker instances: what a model server finds on one.

Instances with accelerators stand in ``data/instances.csv``, prices included. CPU instances are
known by the name of their family, whose letters have a meaning ("Amazon EC2 instance type
naming conventions", EC2 user guide, 2026-11-24).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Final

from slm.wrong_usage import WrongUsage

CATALOG_FILE: Final = Path(__file__).parent / "data" / "instances.csv"
"""Prices carry the date they were read; an empty cell is an unknown, not a zero."""

PRICE_REGION: Final = "us-east-1"
"""The region whose prices the catalog has for most instances."""

PRICE_COLUMNS: Final = {
    "us-east-1": "price_usd_per_hour_us_east_1",
    "eu-west-2": "price_usd_per_hour_eu_west_2",
}
"""Region -> the catalog's column of its prices."""

_CPU_TYPE: Final = re.compile(r"ml\.[cmrt](?P<generation>\d+)(?P<options>[a-z]*)(-flex)?\.\w+")
_FIRST_GRAVITON3_GENERATION: Final = 7


class UnsupportedInstance(WrongUsage):
    """The instance type is unknown, or the model server does not run on its hardware."""


class Hardware(Enum):
    """What an image must be built for."""

    CUDA = "NVIDIA GPU"
    NEURON = "AWS Inferentia"
    X86 = "x86 CPU"
    GRAVITON2 = "Graviton2 CPU"
    GRAVITON3 = "Graviton3 CPU or newer"


@dataclass(frozen=True)
class Instance:
    """An instance with accelerators.

    Attributes:
        type: Name, for example ``ml.g5.xlarge``.
        gpu_name: Name of its GPU or Inferentia chip.
        gpu_count: Number of these.
        gpu_memory_gib: Memory of each, as EC2 reports it.
        compute_capability: CUDA compute capability; None where there is no CUDA.
        vcpus: Virtual CPUs.
        host_memory_gib: Main memory.
        local_nvme_gb: Disk that comes with it, encrypted by its own hardware; 0 for none.
        usable_gpu_memory_gib: Memory of each that a process can address, less than what EC2
            reports; None where nobody has published it.
        memory_bandwidth_gb_s: Peak memory bandwidth of each, from its datasheet; None if unknown.
        fp16_tflops: Peak dense fp16 of each; None if unknown.
        usd_per_hour: Region -> SageMaker's real-time price, on demand.
        price_date: Day on which these were read, ISO 8601.
    """

    type: str
    gpu_name: str
    gpu_count: int
    gpu_memory_gib: float
    compute_capability: float | None
    vcpus: int
    host_memory_gib: float
    local_nvme_gb: float
    usable_gpu_memory_gib: float | None
    memory_bandwidth_gb_s: float | None
    fp16_tflops: float | None
    usd_per_hour: Mapping[str, float]
    price_date: str


@cache
def catalog() -> Mapping[str, Instance]:
    """All instances with accelerators that we know, by type."""
    # The gateway imports this module and never asks for the catalog: its function starts
    # without this one, and is shipped without the file.
    import csv

    with CATALOG_FILE.open(encoding="utf-8", newline="") as file:
        rows = [
            Instance(
                type=row["instance_type"],
                gpu_name=row["gpu_name"],
                gpu_count=int(row["gpu_count"]),
                gpu_memory_gib=float(row["gpu_memory_gib_each"]),
                compute_capability=_number(row["compute_capability"]),
                vcpus=int(row["vcpus"]),
                host_memory_gib=float(row["host_memory_gib"]),
                local_nvme_gb=_number(row["local_nvme_gb"]) or 0,
                usable_gpu_memory_gib=_number(row["gpu_memory_gib_each_seen_by_torch"]),
                memory_bandwidth_gb_s=_number(row["memory_bandwidth_gb_s_each"]),
                fp16_tflops=_number(row["fp16_tflops_each"]),
                usd_per_hour={
                    region: price
                    for region, column in PRICE_COLUMNS.items()
                    if (price := _number(row[column])) is not None
                },
                price_date=row["price_date"],
            )
            for row in csv.DictReader(file)
        ]
    return {instance.type: instance for instance in rows}


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def find(instance_type: str) -> Instance:
    """The catalog's entry for an instance with accelerators.

    Raises:
        UnsupportedInstance: The catalog has none.
    """
    known = catalog()
    if instance_type in known:
        return known[instance_type]
    siblings = [name for name in known if _family(name) == _family(instance_type)]
    families = dict.fromkeys(_family(name) for name in known)
    raise UnsupportedInstance(
        f'instance_type = "{instance_type}": not in the catalog. '
        + (
            f"Types of this family: {', '.join(siblings)}."
            if siblings
            else f"Families with accelerators: {', '.join(families)}; CPU families: those whose "
            "names begin with c, m, r or t and a number."
        )
    )


def hardware_of(instance_type: str) -> Hardware:
    """What an instance runs on.

    Raises:
        UnsupportedInstance: Neither a CPU instance nor in the catalog.
    """
    cpu = _CPU_TYPE.fullmatch(instance_type)
    if cpu is None:
        return Hardware.CUDA if find(instance_type).compute_capability else Hardware.NEURON
    # The first letter after the generation is the processor: g is Graviton.
    if not cpu["options"].startswith("g"):
        return Hardware.X86
    new = int(cpu["generation"]) >= _FIRST_GRAVITON3_GENERATION
    return Hardware.GRAVITON3 if new else Hardware.GRAVITON2


def gpu_count(instance_type: str) -> int:
    """Number of NVIDIA GPUs; 0 for a CPU or Inferentia instance.

    Raises:
        UnsupportedInstance: Neither a CPU instance nor in the catalog.
    """
    return find(instance_type).gpu_count if hardware_of(instance_type) is Hardware.CUDA else 0


def has_local_disk(instance_type: str) -> bool:
    """Whether an instance has a disk of its own, besides the volume that SageMaker attaches."""
    cpu = _CPU_TYPE.fullmatch(instance_type)
    # After the processor's letter, d is for local disks.
    return "d" in cpu["options"] if cpu else find(instance_type).local_nvme_gb > 0


def _family(instance_type: str) -> str:
    return instance_type.rpartition(".")[0]


@dataclass(frozen=True)
class Price:
    """What an hour of an instance costs.

    Attributes:
        usd_per_hour: SageMaker's real-time price, on demand.
        date: Day on which it was read, ISO 8601.
        region: Region that it holds for.
    """

    usd_per_hour: float
    date: str
    region: str


def price_of(instance_type: str, region: str) -> Price | None:
    """An instance's price; None where the catalog has none.

    A region without a price of its own has that of ``PRICE_REGION``: ``Price.region`` tells.
    """
    instance = catalog().get(instance_type)
    if instance is None:
        return None
    for priced in (region, PRICE_REGION):
        if priced in instance.usd_per_hour:
            return Price(instance.usd_per_hour[priced], instance.price_date, priced)
    return None
