"""The catalog of instances, and what is told from a type's name alone."""

import subprocess
import sys
from typing import Any

import botocore.session
import pytest

from slm.instances import (
    Hardware,
    UnsupportedInstance,
    catalog,
    find,
    gpu_count,
    hardware_of,
    has_local_disk,
)

NOT_FOR_US = {"ml.dl1", "ml.inf1", "ml.p2", "ml.p3", "ml.trn1", "ml.trn1n", "ml.trn2"} | {
    "ml.p6-b200",
    "ml.p6-b300",
    "ml.p6e-gb200",
}
"""Families that SageMaker has and no image or no entry of ours covers."""


def endpoint_types() -> list[str]:
    """Every type that SageMaker takes for an endpoint."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape: Any = model.shape_for("ProductionVariantInstanceType")
    return list(shape.enum)


def family(instance_type: str) -> str:
    return instance_type.rpartition(".")[0]


def test_an_entry_of_the_catalog() -> None:
    found = find("ml.g5.12xlarge")
    assert found.gpu_name == "NVIDIA A10G"
    assert (found.gpu_count, found.gpu_memory_gib, found.compute_capability) == (4, 22.35, 8.6)
    assert (found.vcpus, found.host_memory_gib) == (48, 192)


def test_the_whole_catalog_is_there_and_sane() -> None:
    assert len(catalog()) == 52
    for name, found in catalog().items():
        assert found.type == name
        assert found.gpu_count in {1, 2, 4, 6, 8, 12}
        assert 16 <= found.gpu_memory_gib <= 141
        assert found.vcpus >= 4
        assert found.host_memory_gib >= 16
        assert (found.compute_capability is None) == name.startswith("ml.inf2.")


def test_every_type_in_the_catalog_can_be_an_endpoint() -> None:
    assert set(catalog()) <= set(endpoint_types())


def test_every_type_of_sagemaker_is_known_or_refused_with_its_name() -> None:
    refused = set()
    for instance_type in endpoint_types():
        try:
            hardware_of(instance_type)
        except UnsupportedInstance as error:
            assert instance_type in error.message
            refused.add(family(instance_type))
    assert refused == NOT_FOR_US


@pytest.mark.parametrize(
    ("instance_type", "count"),
    [
        ("ml.g4dn.2xlarge", 1),
        ("ml.g4dn.12xlarge", 4),
        ("ml.g4dn.16xlarge", 1),  # bigger, and yet one GPU again
        ("ml.g5.48xlarge", 8),
        ("ml.p4d.24xlarge", 8),
        ("ml.p5.4xlarge", 1),
        ("ml.c6i.2xlarge", 0),
        ("ml.c7g.2xlarge", 0),
        ("ml.inf2.24xlarge", 0),  # six chips, none of them a GPU
    ],
)
def test_gpu_count(instance_type: str, count: int) -> None:
    assert gpu_count(instance_type) == count


@pytest.mark.parametrize(
    ("instance_type", "hardware"),
    [
        ("ml.g5.xlarge", Hardware.CUDA),
        ("ml.inf2.xlarge", Hardware.NEURON),
        *((f"ml.{name}.large", Hardware.X86) for name in ("c5", "c5d", "c6i", "c6in", "c7i")),
        *((f"ml.{name}.large", Hardware.X86) for name in ("m4", "m5", "m6i", "m7i", "t2")),
        *((f"ml.{name}.large", Hardware.X86) for name in ("r5", "r6i", "m6a", "m7i-flex")),
        *((f"ml.{name}.large", Hardware.GRAVITON2) for name in ("c6g", "c6gn", "m6gd", "r6g")),
        ("ml.t4g.large", Hardware.GRAVITON2),
        *((f"ml.{name}.large", Hardware.GRAVITON3) for name in ("c7g", "m7g", "r7gd", "c8g")),
    ],
)
def test_hardware(instance_type: str, hardware: Hardware) -> None:
    assert hardware_of(instance_type) is hardware


@pytest.mark.parametrize(
    ("instance_type", "has"),
    [
        ("ml.g4dn.2xlarge", True),
        ("ml.g5.xlarge", True),
        ("ml.c6i.2xlarge", False),
        ("ml.c6id.2xlarge", True),
        ("ml.m5d.xlarge", True),
        ("ml.r7gd.xlarge", True),
        ("ml.c7g.2xlarge", False),
    ],
)
def test_disks_that_come_with_the_instance(instance_type: str, has: bool) -> None:
    assert has_local_disk(instance_type) is has


def test_an_unknown_size_of_a_known_family_names_the_known_ones() -> None:
    with pytest.raises(UnsupportedInstance) as caught:
        gpu_count("ml.p5.2xlarge")
    assert caught.value.message == (
        'instance_type = "ml.p5.2xlarge": not in the catalog. '
        "Types of this family: ml.p5.4xlarge, ml.p5.48xlarge."
    )


@pytest.mark.parametrize("instance_type", ["ml.p3.2xlarge", "g5.xlarge", "ml.g5", "", "ml.c.x"])
def test_anything_else_names_the_families(instance_type: str) -> None:
    with pytest.raises(UnsupportedInstance, match=r"Families with accelerators: ml\.g4dn, ml\.g5"):
        hardware_of(instance_type)


def test_nothing_is_read_and_nothing_heavy_imported_until_it_is_needed() -> None:
    """The function imports the table of engines at every cold start."""
    code = (
        "import sys, slm.engines, slm.instances as i;"
        "assert i.catalog.cache_info().currsize == 0;"
        "print(*{'csv', 'pydantic', 'boto3', 'aws_cdk'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stdout.strip() == ""
