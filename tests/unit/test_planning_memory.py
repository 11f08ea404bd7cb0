"""Memory by part, beside what engines logged."""

from typing import Any

import pytest

from slm.planning.ask import Question, request_of
from slm.planning.errors import PlanError
from slm.planning.plan import Plan, make_plan
from slm.planning.problems import problems


def plan(**options: Any) -> Plan:
    return make_plan(
        request_of(Question(**{"engine": "vllm", "region": "us-east-1", "model": "", **options}))
    )


@pytest.mark.parametrize(
    ("options", "logged_gib"),
    [
        # In one piece, as GPUs before Ampere compute it.
        (
            {"model": "Qwen/Qwen2.5-1.5B-Instruct", "gpu": "T4", "context": 32_768},
            2.02,
        ),
        # Sampling for 256 requests.
        ({"model": "meta-llama/Llama-3.1-8B-Instruct", "gpu": "L4"}, 1.19),
        ({"model": "Qwen/Qwen3-8B", "gpu": "A10G"}, 1.40),
        # Pieces that sample nothing.
        (
            {
                "model": "meta-llama/Llama-3.1-8B-Instruct",
                "gpu": "A10G",
                "context": 131_072,
                "engine_version": "0.7.3",
            },
            0.22,
        ),
        # Whole prompts.
        (
            {
                "model": "Qwen/Qwen2.5-7B-Instruct",
                "gpu": "L40S",
                "context": 32_768,
                "engine_version": "0.6.4",
            },
            4.35,
        ),
    ],
)
def test_activations_are_what_vllm_logs(options: dict[str, Any], logged_gib: float) -> None:
    assert plan(**options).memory.activations == pytest.approx(logged_gib, rel=0.05)


def test_a_large_gpu_warms_up_for_more_requests() -> None:
    large = plan(model="Qwen/Qwen3-8B", gpu="H100 80GB").memory.activations
    assert large == pytest.approx(4 * 1.41, rel=0.02)


def test_gpus_that_talk_over_nvlink_reserve_more() -> None:
    nvlink = plan(model="Qwen/Qwen3-8B", gpu="A100 40GB", gpus=2).memory.overhead
    pcie = plan(model="Qwen/Qwen3-8B", gpu="A10G", gpus=2).memory.overhead
    alone = plan(model="Qwen/Qwen3-8B", gpu="A10G").memory.overhead
    assert alone < pcie < nvlink


def test_a_context_that_only_just_fits_is_not_promised() -> None:
    tokens = plan(model="Qwen/Qwen3-8B", gpu="A10G", context=4096).memory.kv_tokens
    assert not plan(model="Qwen/Qwen3-8B", gpu="A10G", context=int(tokens * 0.95)).fits
    assert plan(model="Qwen/Qwen3-8B", gpu="A10G", context=int(tokens * 0.85)).fits


def test_old_tgi_keeps_the_logits_of_the_whole_prompt() -> None:
    options = {"model": "meta-llama/Llama-3.1-8B-Instruct", "engine": "tgi", "gpu": "A10G"}
    old = plan(**options, gpus=8, context=65_536, engine_version="2.2.0")
    assert not old.fits
    assert plan(**options, gpus=8, context=40_960, engine_version="2.2.0").fits
    assert plan(**options, gpus=8, context=65_536).fits


def test_what_a_disk_cannot_hold() -> None:
    request = request_of(
        Question(
            model="meta-llama/Llama-3.1-70B-Instruct",
            engine="tgi",
            region="",
            quantize="nf4",
            instance="ml.g6e.xlarge",
        )
    )
    assert any("must be downloaded" in problem for problem in problems(request)) is (
        make_plan(request).download_gib > 250e9 / 2**30
    )


def test_a_model_given_by_its_numbers() -> None:
    shape = (
        "num_hidden_layers=32 hidden_size=4096 num_attention_heads=32 num_key_value_heads=8 "
        "intermediate_size=14336 vocab_size=128256"
    )
    by_hand = plan(shape=shape, gpu="L4", context=16_384).memory
    known = plan(model="meta-llama/Llama-3.1-8B-Instruct", gpu="L4", context=16_384).memory
    assert by_hand.weights == pytest.approx(known.weights, rel=1e-3)
    assert by_hand.kv_tokens == pytest.approx(known.kv_tokens, rel=0.01)


@pytest.mark.parametrize("shape", ["num_hidden_layers=x", "num_hidden_layers=0", "layers", "a=-1"])
def test_numbers_that_are_none(shape: str) -> None:
    with pytest.raises(PlanError, match="--shape"):
        plan(shape=shape, gpu="L4")


@pytest.mark.parametrize(
    ("engine", "as_engine"),
    [("djl-lmi vllm", "vllm"), ("SGLang", "vllm"), ("text-generation-inference", "tgi")],
)
def test_other_engines_are_planned_as_the_nearest(engine: str, as_engine: str) -> None:
    assert plan(model="Qwen/Qwen3-8B", engine=engine, gpu="L4").request.engine == as_engine


def test_an_answer_that_takes_long_must_stream() -> None:
    long = plan(model="Qwen/Qwen3-8B", gpu="L4", context=8192, output_tokens=2048)
    assert any("stream it" in advice for advice in long.advice)
    longer = plan(model="Qwen/Qwen3-8B", gpu="L4", context=16_384, output_tokens=16_000)
    assert any("SageMaker ends it after 480 s" in advice for advice in longer.advice)
