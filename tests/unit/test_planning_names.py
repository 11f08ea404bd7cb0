"""Names as reports write them: of GPUs, formats and models."""

import pytest

from slm.planning.formats import find_format
from slm.planning.hardware import gpus_by_name
from slm.planning.model_names import find_model


@pytest.mark.parametrize(
    ("written", "card"),
    [
        ("NVIDIA A10G", "A10G"),
        ("A100-SXM4-80GB", "A100 80GB"),
        ("NVIDIA A100", "A100 40GB"),
        ("A100 PCIe 40GB", "A100 40GB"),
        ("NVIDIA A100 80GB PCIe", "A100 80GB PCIe"),
        ("2x H100 80GB HBM3", "H100 80GB"),
        ("RTX A6000", "A6000"),
        ("GeForce RTX 4090 24GB", "RTX 4090"),
        ("Tesla V100-SXM2-16GB", "V100 16GB"),
    ],
)
def test_a_gpu_has_many_names(written: str, card: str) -> None:
    assert gpus_by_name(written, 1).name == card


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("none (bf16/fp16)", ""),
        ("gptq 4bit", "gptq"),
        ("int4 awq", "awq"),
        ("fp8 weight-only", "fp8"),
        ("exl2 4bpw", "exl2"),
        ("gguf Q4_K_M", "q4_k_m"),
        ("marlin 4bit", "marlin"),
        ("nvfp4", "nvfp4"),
    ],
)
def test_a_format_has_many_names(written: str, name: str) -> None:
    assert find_format(written, engine="vllm").name == name


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("bigscience/bloomz-7b1", "bigscience/bloom-7b1"),
        ("Qwen/Qwen-7B-Chat", "Qwen/Qwen1.5-7B-Chat"),
        ("mistralai/Devstral-Small-2505", "mistralai/Mistral-Small-24B-Instruct-2501"),
        ("NousResearch/Hermes-3-Llama-3.1-70B", "meta-llama/Llama-3.1-70B-Instruct"),
    ],
)
def test_a_fine_tune_has_the_shape_of_its_base(written: str, base: str) -> None:
    assert find_model(written).name == base
