"""Names as reports write them: of GPUs, formats and models."""

import csv

import pytest

from slm.planning.errors import PlanError
from slm.planning.formats import find_format, format_meant
from slm.planning.hardware import gpus_by_name
from slm.planning.model_names import FINE_TUNES_FILE, find_model, is_known, is_same_model


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


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("llama3.1:8b", "meta-llama/Llama-3.1-8B-Instruct"),
        ("llama2-7b", "meta-llama/Llama-2-7b-hf"),
        ("gemma3:4b", "google/gemma-3-4b-it"),
        ("Gemma2-9B", "google/gemma-2-9b-it"),
        ("phi4-mini", "microsoft/Phi-4-mini-instruct"),
        ("qwen-2.5-7b-instruct", "Qwen/Qwen2.5-7B-Instruct"),
        ("qwen2.5:7b", "Qwen/Qwen2.5-7B-Instruct"),
        ("bartowski/Meta-Llama-3.1-8B-Instruct-GGUF", "meta-llama/Llama-3.1-8B-Instruct"),
        ("Qwen/Qwen3-4B-Instruct-2507-FP8", "Qwen/Qwen3-4B-Instruct-2507"),
        ("Qwen/Qwen3-4B-FP8", "Qwen/Qwen3-4B"),
        ("google/codegemma-7b-it", "google/gemma-7b-it"),
        ("google/medgemma-4b-it", "google/gemma-3-4b-it"),
        ("mistralai/Codestral-22B-v0.1", "mistralai/Mistral-Small-Instruct-2409"),
        ("mistralai/Magistral-Small-2506", "mistralai/Mistral-Small-24B-Instruct-2501"),
        ("granite-3.3-2b-instruct", "ibm-granite/granite-3.1-2b-instruct"),
        ("internlm/internlm2-20b", "internlm/internlm2_5-20b-chat"),
        ("internlm/internlm3-8b-instruct", "internlm/internlm3-8b-instruct"),
        ("databricks/dolly-v2-12b", "EleutherAI/pythia-12b"),
        ("phi-3-small", "microsoft/Phi-3-small-8k-instruct"),
    ],
)
def test_a_model_has_the_names_that_people_type(written: str, known: str) -> None:
    assert find_model(written).name == known


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("hermes-3-llama-3.1-8b", True),
        ("nousresearch/hermes-3-llama-3.1-8b", True),
        ("Hermes 3 Llama3.1 8B", True),
        ("NousResearch/Hermes-3-Llama-3.1-8B-GPTQ", False),
        ("meta-llama/Llama-3.1-8B-Instruct", False),
        ("NousResearch/Hermes-3-Llama-3.1-70B", False),
        ("nobody/nothing", False),
        ("", False),
    ],
)
def test_one_model_has_several_spellings(written: str, same: bool) -> None:
    assert is_same_model(written, "NousResearch/Hermes-3-Llama-3.1-8B") is same


def test_a_model_that_nobody_knows_is_itself() -> None:
    assert is_same_model("nobody/Nothing", "nobody/nothing")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Qwen/Qwen3-14B-AWG", "awq"),
        ("Qwen/Qwen3-14B-GPTO", "gptq"),
        ("Qwen/Qwen3-14B", ""),
        ("Qwen/Qwen3-14B-AWQ", ""),
        ("Qwen/Qwen3-14B-GGUF", ""),
        ("openai-community/gpt2", ""),
        ("meta-llama/Llama-3.1-8B-Instruct", ""),
        ("", ""),
    ],
)
def test_a_misspelt_suffix_is_asked_about(written: str, meant: str) -> None:
    assert format_meant(written) == meant


def test_a_family_is_answered_with_its_sizes() -> None:
    with pytest.raises(PlanError, match=r"Did you mean meta-llama/Meta-Llama-3-8B-Instruct or "):
        find_model("llama3")


def test_a_model_with_more_to_it_is_not_taken_for_its_text_model() -> None:
    with pytest.raises(PlanError, match="Did you mean"):
        find_model("microsoft/Phi-4-multimodal-instruct")


def test_the_base_of_every_fine_tune_is_in_the_catalog() -> None:
    with FINE_TUNES_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 40
    for row in rows:
        assert find_model(f"somebody/{row['name']}").name == row["base"]


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Qwen/Qwen3-14B-AWQ", True),
        ("TheBloke/Llama-2-13B-GPTQ", True),
        ("llama3.1:8b", True),
        ("bartowski/Qwen2.5-7B-Instruct-GGUF Qwen2.5-7B-Instruct-Q4_K_M.gguf", True),
        ("Qwen3-8B-Q4_K_M.gguf", True),
        ("TheBloke/llama-2-7b.Q4_K_M.gguf", True),
        ("TheBloke/zephyr-7B-beta-AWQ", True),
        ("TheBloke/zephyr-7B-beta-AWG", False),
        ("neuralmagic/Meta-Llama-3.1-70B-Instruct-quantized.w8a8", True),
        ("mistralai/Devstral-Small-2505", True),
        ("mistralai/Mistral-7B-Instruct-v0.3", True),
        ("mistralai/Mistral-7B-Instruct", True),
        ("mistralai/mistral-7b-v0.1", True),
        ("mistralai/Mistral-7B-Instruct-v0.4", False),
        ("Qwen/Qwen3-8B-AWQX", False),
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", False),
    ],
)
def test_a_relative_is_no_name_of_the_catalog(written: str, known: bool) -> None:
    assert is_known(written) is known
