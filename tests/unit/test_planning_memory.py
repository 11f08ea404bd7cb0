"""Memory by part, beside what engines logged."""

from dataclasses import replace
from typing import Any

import pytest

from slm.planning.ask import Question, request_of
from slm.planning.errors import PlanError
from slm.planning.memory import kv_bytes_per_token, weight_bytes
from slm.planning.model_names import find_model
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


def test_tgi_2_computes_the_longest_prompt_and_a_little_more_at_once() -> None:
    options = {"model": "meta-llama/Meta-Llama-3-70B-Instruct", "quantize": "bitsandbytes-nf4"}
    two_l4 = {"engine": "tgi", "engine_version": "2.1", "gpu": "L4", "gpus": 2, **options}
    # Published: it runs with prompts of 2048 tokens.
    assert plan(input_tokens=2048, **two_l4).fits
    # Logits of 4145 tokens, which TGI takes where it is told nothing, do not.
    untold = plan(**two_l4)
    assert not untold.fits
    assert untold.memory.activations == pytest.approx((4095 + 50) * 128_256 * 6 / 2**30)


def test_vllm_before_0_7_let_go_of_less_before_it_measured() -> None:
    # Logged: 31,232 tokens.
    options = {"model": "meta-llama/Llama-3.1-8B-Instruct", "gpu": "RTX 3090", "context": 20_000}
    old = plan(engine_version="0.6.4", gpu_memory_gib=23.58, **options).memory
    assert old.kv_tokens == pytest.approx(31_232, rel=0.03)
    assert old.overhead == pytest.approx(0.35, abs=0.1)


LLAMA_70B = {"model": "meta-llama/Llama-2-70b-hf", "gpus": 4}


@pytest.mark.parametrize(
    ("options", "logged"),
    [
        (LLAMA_70B | {"gpu": "A100 80GB", "engine_version": "0.2.6"}, 20_865 * 16),
        (LLAMA_70B | {"gpu": "A100 80GB", "engine": "tgi", "engine_version": "1.0"}, 406_560),
        (
            {
                "model": "deepseek-ai/deepseek-coder-6.7b-instruct",
                "gpu": "T4",
                "gpus": 2,
                "engine_version": "0.4.3",
                "context": 16_384,
            },
            507 * 16,
        ),
    ],
)
def test_old_engines_lose_much_to_communication(options: dict[str, Any], logged: int) -> None:
    assert plan(**options).memory.kv_tokens == pytest.approx(logged, rel=0.05)


def test_vllm_0_2_has_no_room_for_70b_on_four_a10g() -> None:
    # Reported of 4 bits; the next version has it.
    four = LLAMA_70B | {"gpu": "A10G", "quantize": "awq"}
    assert not plan(engine_version="0.2.5", **four).fits
    assert plan(engine_version="0.3.0", **four).fits


@pytest.mark.parametrize(
    ("model", "gpu", "logged_gib"),
    [
        ("openai/gpt-oss-20b", "RTX 3090", 12.88),
        ("openai/gpt-oss-20b", "H100 80GB", 13.47),
        ("openai/gpt-oss-120b", "H100 80GB", 64.38),
    ],
)
def test_kernels_of_hopper_want_experts_in_mxfp4_padded(
    model: str, gpu: str, logged_gib: float
) -> None:
    assert plan(model=model, gpu=gpu).memory.weights == pytest.approx(logged_gib, rel=0.01)


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
    assert any("must be downloaded" in problem.words for problem in problems(request)) is (
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


def test_a_missing_field_is_told_by_its_usual_name() -> None:
    with pytest.raises(PlanError, match="'num_attention_heads' is missing"):
        plan(shape="num_hidden_layers=32 hidden_size=4096 vocab_size=32000", gpu="L4")


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


@pytest.mark.parametrize(
    ("options", "logged"),
    [
        ({"model": "meta-llama/Meta-Llama-3.1-8B-Instruct", "gpu": "A10G", "context": 4096}, 19056),
        (
            {
                "model": "meta-llama/Llama-3.1-70B-Instruct",
                "gpu": "A100 80GB",
                "gpus": 2,
                "context": 10_499,
                "input_tokens": 10_049,
                "output_tokens": 450,
            },
            30_816,
        ),
    ],
)
def test_tgi_2_gives_a_part_of_what_is_free_to_keys_and_values(
    options: dict[str, Any], logged: int
) -> None:
    found = plan(engine="tgi", engine_version="2.2.0", **options)
    assert found.memory.kv_tokens == pytest.approx(logged, rel=0.15)
    memory = found.memory
    parts = memory.weights + memory.kv_cache + memory.activations + memory.overhead
    assert parts == pytest.approx(memory.available)


def test_the_newest_vllm_samples_without_sorting_and_asks_for_more_of_the_gpu() -> None:
    options = {"model": "Qwen/Qwen3-8B", "gpu": "H100 80GB"}
    newest, older = plan(engine_version="0.27.0", **options), plan(engine_version="0.15", **options)
    assert newest.memory.activations == pytest.approx(2.4, rel=0.05)
    assert newest.memory.available == pytest.approx(older.memory.available * 0.92 / 0.9)
    assert plan(**options).memory == older.memory


def test_gpus_before_ampere_compute_in_pieces_where_vllm_is_told_to_be_new() -> None:
    options = {"model": "Qwen/Qwen2.5-1.5B-Instruct", "gpu": "T4", "context": 32_768}
    told = plan(engine_version="0.10.2", **options).memory.activations
    assert told < plan(**options).memory.activations


GEMMA = {"model": "google/gemma-3-27b-it", "gpu": "A100 80GB", "context": 65_536}


def test_what_is_behind_a_window_is_freed() -> None:
    found = plan(**GEMMA)
    assert found.fits
    assert found.max_concurrent_requests == 3
    assert "for 65536, of which most blocks keep the last 1024" in found.reason


@pytest.mark.parametrize(
    "engine", [{"engine": "tgi"}, {"engine": "vllm", "engine_version": "0.9.2"}]
)
def test_engines_that_free_nothing_behind_a_window(engine: dict[str, str]) -> None:
    found = plan(**GEMMA, **engine)
    assert not found.fits
    assert "65536 are needed" in found.reason


def test_a_vision_tower_stays_in_16_bits() -> None:
    whole = plan(model="google/gemma-3-12b-it", gpu="A100 80GB", quantize="gptq")
    shape = whole.request.shape
    text = replace(shape, parameters=shape.parameters - shape.vision_parameters)
    without = weight_bytes(replace(text, vision_parameters=0.0), whole.request.fmt)
    assert weight_bytes(shape, whole.request.fmt) == without + 2 * shape.vision_parameters
    assert shape.vision_parameters > 4e8


def test_llama_cpp_loads_gpt_oss_from_a_gguf_file() -> None:
    # The file has 12.1 GB (ggml-org/gpt-oss-20b-GGUF).
    found = plan(model="openai/gpt-oss-20b", engine="llama.cpp", gpu="V100 32GB", quantize="mxfp4")
    assert found.fits
    assert found.memory.weights == pytest.approx(12.1e9 / 2**30, rel=0.02)


def test_latent_vectors_are_on_every_gpu() -> None:
    shape = find_model("deepseek-ai/DeepSeek-V2-Lite-Chat")
    assert kv_bytes_per_token(shape, 4, "auto") == shape.kv_bytes_per_token
    llama = find_model("meta-llama/Llama-3.1-8B-Instruct")
    assert kv_bytes_per_token(llama, 4, "auto") == llama.kv_bytes_per_token / 4
    assert kv_bytes_per_token(llama, 16, "auto") == llama.kv_bytes_per_token / 8
