"""What an engine refuses whatever the memory."""

from typing import Any

import pytest

from slm.planning.ask import Question, request_of
from slm.planning.plan import make_plan

MODEL = "Qwen/Qwen3-8B"


def reason(**options: Any) -> str:
    question = Question(**{"model": MODEL, "region": "us-east-1", "engine": "vllm", **options})
    plan = make_plan(request_of(question))
    assert not plan.fits
    return plan.reason


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"instance": "ml.inf2.xlarge"}, "runs on NVIDIA GPUs"),
        ({"gpu": "V100 16GB"}, "no kernels for V100"),
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


def test_one_reason_says_what_to_use_instead() -> None:
    assert reason(gpu="A10G", gpus=3).endswith("Use 2 of them.")
