"""What an engine refuses whatever the memory."""

from typing import Any

import pytest

from slm.planning.ask import Question, request_of
from slm.planning.errors import PlanError
from slm.planning.plan import make_plan
from slm.planning.report import report

MODEL = "Qwen/Qwen3-8B"


def reason(**options: Any) -> str:
    question = Question(**{"model": MODEL, "region": "us-east-1", "engine": "vllm", **options})
    plan = make_plan(request_of(question))
    assert not plan.fits
    return plan.reason


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"instance": "ml.inf2.xlarge"}, "Neuron needs another image"),
        ({"instance": "ml.inf2.xlarge"}, "Take an instance of g4dn, g5 or g6."),
        ({"gpu": "V100 16GB", "engine": "tgi"}, "no kernels for V100"),
        (
            {
                "gpu": "T4",
                "engine": "tgi",
                "engine_version": "2.2.0",
                "quantize": "bitsandbytes-nf4",
            },
            "TGI 2.2 has attention kernels from compute capability 8.0 on only",
        ),
        ({"gpu": "A10G", "quantize": "eetq"}, "vLLM loads no eetq"),
        ({"gpu": "A10G", "quantize": "Q4_K_M", "engine": "tgi"}, "TGI loads no q4_k_m"),
        ({"gpu": "T4", "quantize": "fp8", "engine": "tgi"}, "TGI computes fp8 from"),
        ({"gpu": "T4", "quantize": "marlin", "engine": "tgi"}, "marlin needs compute capability"),
        ({"gpu": "A10G", "quantize": "awq", "engine": "llama.cpp"}, "Use Q4_K_M"),
        ({"gpu": "A10G", "gpus": 2, "quantize": "exl2", "engine": "tgi"}, "one GPU only"),
        ({"gpu": "A10G", "gpus": 3}, "attention heads cannot be split over 3"),
        (
            {"gpu": "A10G", "gpus": 8, "engine": "tgi", "model": "Qwen/Qwen3-30B-A3B"},
            "4 key-value heads cannot be split over 8 GPUs in TGI. Use 4 of them, or vLLM.",
        ),
        (
            {"gpu": "T4", "engine": "tgi", "model": "google/gemma-2-2b-it"},
            "attends over a sliding window",
        ),
    ],
)
def test_refusals(options: dict[str, Any], words: str) -> None:
    assert words in reason(**options)


def test_mixtral_has_no_window_that_an_old_gpu_could_not_attend_over() -> None:
    mixtral = {"model": "mistralai/Mixtral-8x7B-Instruct-v0.1", "engine": "tgi", "gpu": "T4"}
    # Published: it runs out of memory, and is not refused before.
    assert "The weights alone take" in reason(engine_version="2.3.1", **mixtral)


def test_one_reason_says_what_to_use_instead() -> None:
    assert reason(gpu="A10G", gpus=3).endswith("Use 2 of them.")


def test_vllm_has_kernels_for_the_v100() -> None:
    question = Question(model="Qwen/Qwen3-4B", region="us-east-1", engine="vllm", gpu="V100 16GB")
    assert make_plan(request_of(question)).fits


def test_a_cpu_instance_is_no_mistake_of_its_name() -> None:
    with pytest.raises(PlanError, match=r"ml\.m5\.xlarge has no GPU"):
        reason(instance="ml.m5.xlarge")


@pytest.mark.parametrize(
    ("options", "obstacle"),
    [
        ({"instance": "ml.inf2.xlarge"}, "no NVIDIA GPU"),
        ({"gpu": "A10G", "quantize": "eetq"}, "no eetq here"),
        ({"gpu": "A10G", "gpus": 3}, "heads not divisible"),
        ({"gpu": "A10G", "context": 40961}, "context too long"),
        ({"gpu": "T4"}, "weights too large"),
        ({"gpu": "A10G", "context": 36000, "concurrency": 1}, "no room for a context"),
        ({"instance": "ml.g4dn.xlarge", "model": "meta-llama/Llama-3.1-70B"}, "disk too small"),
    ],
)
def test_a_table_gets_the_reason_in_few_words(options: dict[str, Any], obstacle: str) -> None:
    question = Question(**{"model": MODEL, "region": "us-east-1", "engine": "vllm", **options})
    plan = make_plan(request_of(question))
    assert plan.obstacle == obstacle
    assert report(plan)["obstacle"] == obstacle
