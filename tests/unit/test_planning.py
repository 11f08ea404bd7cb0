"""Fit, speed and cost of plans."""

from pathlib import Path
from typing import Any

import pytest

from slm.planning.ask import Question, request_of
from slm.planning.compare import compare
from slm.planning.errors import PlanError
from slm.planning.formats import find_format, format_in_name
from slm.planning.hardware import gpus_by_name, gpus_of_instance
from slm.planning.plan import Plan, make_plan, plan_of_settings
from slm.planning.report import report
from slm.settings import load_settings

HERMES = "NousResearch/Hermes-3-Llama-3.1-8B"


def ask(**options: Any) -> Plan:
    question = {"model": HERMES, "engine": "vllm", "region": "us-east-1"} | options
    if not question.keys() & {"instance", "gpu", "gpu_memory_gib"}:
        question["instance"] = "ml.g5.2xlarge"
    return make_plan(request_of(Question(**question)))


@pytest.mark.parametrize(
    "instance", [f"ml.g4dn.{size}xlarge" for size in ("", "2", "4", "8", "16")]
)
def test_16_bit_hermes_fits_no_single_t4(instance: str) -> None:
    plan = ask(engine="tgi", instance=instance, quantize="", context=4096)
    assert not plan.fits
    assert "weights alone take 15.0 GiB" in plan.reason
    assert any("bitsandbytes-nf4" in advice for advice in plan.advice)
    assert any("instance_type" in advice for advice in plan.advice)


def test_the_seeds_configuration_fits() -> None:
    plan = plan_of_settings(load_settings())
    assert plan is not None
    assert plan.fits
    assert plan.memory.kv_tokens > 4096
    assert plan.max_concurrent_requests >= 1
    assert plan.price is not None
    assert plan.cost is not None
    assert plan.cost.hour == plan.price.usd_per_hour


def test_what_has_no_gpu_or_is_unknown_has_no_plan() -> None:
    cpu = load_settings(engine="llama.cpp", quantize="", instance_type="ml.c6i.2xlarge")
    assert plan_of_settings(cpu) is None
    assert plan_of_settings(load_settings(hf_model_id="nobody/nothing")) is None


def test_the_parts_add_up() -> None:
    memory = ask().memory
    parts = memory.weights + memory.kv_cache + memory.activations + memory.overhead
    assert parts == pytest.approx(memory.available)


def test_more_gpus_less_weight_on_each() -> None:
    one, four = ask(gpu="A10G", context=8192), ask(gpu="A10G", gpus=4, context=8192)
    assert four.memory.weights == pytest.approx(one.memory.weights / 4)
    assert four.memory.kv_tokens > 4 * one.memory.kv_tokens


def test_8_bit_keys_and_values_take_half() -> None:
    plain, half = ask(context=8192), ask(context=8192, kv_cache_dtype="fp8")
    assert half.memory.kv_tokens == pytest.approx(2 * plain.memory.kv_tokens, rel=0.01)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"gpu": "T4", "dtype": "bfloat16", "model": "Qwen/Qwen3-0.6B"}, "bfloat16 needs"),
        ({"gpu": "A10G", "gpus": 8, "model": "Qwen/Qwen2-7B-Instruct"}, "28 attention heads"),
        ({"gpu": "T4", "quantize": "marlin", "model": "Qwen/Qwen3-4B"}, "marlin needs"),
        ({"quantize": "eetq"}, "vLLM loads no eetq"),
        ({"engine": "tgi", "gpu": "T4", "model": "google/gemma-2-2b-it"}, "sliding window"),
        ({"engine": "tgi", "instance": "ml.g7e.2xlarge"}, "no kernels"),
        ({"engine": "llama.cpp", "quantize": "awq"}, "GGUF"),
        ({"context": 200_000}, "more than"),
        ({"engine": "tgi", "instance": "ml.p4d.24xlarge", "gpus": 8,
          "model": "Qwen/Qwen2.5-7B-Instruct"}, "cannot be split"),
    ],
)  # fmt: skip
def test_what_an_engine_refuses(options: dict[str, Any], words: str) -> None:
    plan = ask(**options)
    assert not plan.fits
    assert words in plan.reason


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"context": -5}, "--context -5"),
        ({"concurrency": 0}, "--concurrency 0"),
        ({"memory_share": 2.0}, "--gpu-memory-utilization 2"),
        ({"engine": "ollama"}, "--engine ollama"),
        ({"engine_version": "new"}, "--engine-version new"),
        ({"quantize": "q9"}, 'quantize = "q9"'),
        ({"gpu": "RTX 9999"}, "no such GPU"),
        ({"instance": "ml.g5.2xlarge", "gpus": 4}, "has 1 GPUs"),
        ({"instance": "ml.g7.2xlarge"}, "bandwidth"),
        ({"context": 100, "input_tokens": 90, "output_tokens": 90}, "more than the context"),
        ({"instance": ""}, "Name the hardware"),
    ],
)
def test_what_cannot_be_planned_gets_one_line(options: dict[str, Any], words: str) -> None:
    with pytest.raises(PlanError, match=words) as caught:
        ask(**options)
    assert "\n" not in caught.value.message


def test_a_faster_memory_decodes_faster_and_many_together_are_more() -> None:
    l4, a10g = ask(gpu="L4", context=4096).speed, ask(gpu="A10G", context=4096).speed
    many = ask(gpu="A10G", context=4096, concurrency=8).speed
    assert l4 and a10g and many
    assert a10g.decode_tokens_per_second.expected > l4.decode_tokens_per_second.expected
    assert (
        many.throughput_tokens_per_second.expected > 3 * a10g.throughput_tokens_per_second.expected
    )


def test_every_range_is_honest() -> None:
    speed = ask(concurrency=4, context=4096).speed
    assert speed
    for figure in (
        speed.decode_tokens_per_second,
        speed.throughput_tokens_per_second,
        speed.time_to_first_token_s,
    ):
        assert figure.low < figure.expected < figure.high <= 3 * figure.low


def test_a_misspelt_format_is_planned_in_16_bits_and_asked_about() -> None:
    (assumed,) = ask(model="Qwen/Qwen3-14B-AWG").request.assumed
    assert assumed == "Weights of 16 bits; --quantize names another format. Did you mean -AWQ?"
    assert ask(model="Qwen/Qwen3-14B-AWQ").request.assumed == ()
    assert report(ask(model="Qwen/Qwen3-14B-AWG"))["assumed"] == [assumed]


def test_a_shorter_context_is_advised_where_it_would_fit() -> None:
    def shorter(plan: Plan) -> bool:
        return any("A shorter context fits" in advice for advice in plan.advice)

    assert shorter(ask(context=200_000))
    assert not shorter(ask(context=200_000, quantize="eetq"))


def test_an_answer_that_takes_long_is_no_matter_where_it_does_not_fit() -> None:
    slow = {"model": "Qwen/Qwen3-14B", "engine": "tgi", "quantize": "none", "context": 4096,
            "output_tokens": 2048}  # fmt: skip
    fits, not_fits = ask(**slow, gpu="L40S"), ask(**slow, instance="ml.g4dn.xlarge")
    assert (fits.fits, not_fits.fits) == (True, False)
    assert any("SageMaker ends" in advice for advice in fits.advice)
    assert not any("SageMaker ends" in advice for advice in not_fits.advice)


def test_a_gated_model_without_a_token_is_warned_of() -> None:
    gated = {"model": "meta-llama/Llama-3.1-8B-Instruct"}
    assert any("gated" in advice for advice in ask(**gated).advice)
    assert not any("gated" in advice for advice in ask(**gated, token=True).advice)


def test_the_comparison_is_sorted_by_price_and_says_what_fits() -> None:
    plans = compare(request_of(Question(model=HERMES, engine="vllm", region="us-east-1",
                                        instance="ml.g5.xlarge", context=8192)))  # fmt: skip
    prices = [plan.price.usd_per_hour for plan in plans if plan.price]
    assert prices == sorted(prices)
    assert {plan.fits for plan in plans} == {True, False}


def test_the_report_has_what_programs_read() -> None:
    values = report(ask(context=8192))
    assert {"weights", "kv_cache", "activations", "overhead", "available"} == set(
        values["memory_gib"]
    )
    assert set(values["throughput_tokens_per_second"]) == {"low", "expected", "high"}
    assert {"hour", "month", "per_million_tokens"} <= set(values["cost_usd"])
    assert values["price_date"]
    refused = report(ask(quantize="eetq"))
    assert refused["decode_tokens_per_second"] is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Qwen/Qwen2.5-7B-Instruct-AWQ", "awq"),
        ("x/y-GPTQ-Int8", "gptq-8bit"),
        ("x/y.Q4_K_M.gguf", "q4_k_m"),
        ("x/y-bnb-4bit", "bitsandbytes-nf4"),
        ("x/y-FP8-dynamic", "fp8"),
        ("x/y-quantized.w4a16", "w4a16"),
        ("x/y", ""),
    ],
)
def test_a_repositorys_name_tells_its_format(name: str, found: str) -> None:
    assert format_in_name(name) == found


def test_bitsandbytes_means_4_bits_to_one_engine_and_8_to_the_other() -> None:
    assert find_format("bitsandbytes", engine="vllm").name == "bitsandbytes-nf4"
    assert find_format("bitsandbytes", engine="tgi").name == "bitsandbytes"
    assert find_format("AWQ 4bit", engine="tgi").name == "awq"
    assert find_format("none (fp16)", engine="tgi").name == ""


def test_gpus_have_several_names() -> None:
    assert gpus_by_name("NVIDIA A10G", 1).memory_gib == gpus_of_instance("g5.xlarge").memory_gib
    assert gpus_by_name("NVIDIA RTX 3090 24GB", 1).name == "RTX 3090"
    assert gpus_by_name("NVIDIA H100 80GB", 2).count == 2
    assert gpus_by_name("t4", 1, 14.0).memory_gib == 14.0


def test_mxfp4_is_for_experts_only() -> None:
    plan = make_plan(
        request_of(
            Question(model="openai/gpt-oss-20b", engine="vllm", region="us-east-1", gpu="L40S")
        )
    )
    assert 12 < plan.memory.weights < 14


def test_a_folder_and_a_config_are_models_too(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(
        '{"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 64, "vocab_size": 99,'
        ' "max_position_embeddings": 4096}'
    )
    for options in ({"model": str(tmp_path)}, {"model": "mine", "model_config": config}):
        request = request_of(
            Question(**{"engine": "vllm", "region": "", "gpu": "L4", **options})  # type: ignore[arg-type]
        )
        assert request.shape.layers == 2


def test_vllm_before_0_6_takes_longer_for_each_request() -> None:
    many = {"gpu": "A100 40GB", "concurrency": 256, "input_tokens": 100, "output_tokens": 250}
    old, new = ask(engine_version="0.5.4", **many).speed, ask(engine_version="0.6.0", **many).speed
    assert old is not None
    assert new is not None
    # Published: 3355 tokens a second.
    assert old.throughput_tokens_per_second.expected == pytest.approx(3355, rel=0.15)
    assert new.throughput_tokens_per_second.expected > 1.1 * 3355


@pytest.mark.parametrize(
    ("model", "quantize", "measured"),
    [
        ("Qwen/Qwen2.5-0.5B-Instruct", "none", 311.55),
        ("Qwen/Qwen2.5-1.5B-Instruct-AWQ", "awq", 213.74),
        ("Qwen/Qwen2.5-7B-Instruct", "none", 84.28),
        ("Qwen/Qwen2.5-14B-Instruct-AWQ", "awq", 92.66),
    ],
)
def test_vllm_before_0_8_takes_longer_for_each_block(
    model: str, quantize: str, measured: float
) -> None:
    # Published of vLLM 0.6.3 (Qwen's documentation).
    alone = {"gpu": "A100 80GB", "input_tokens": 1, "output_tokens": 2048}
    old, new = (
        ask(model=model, quantize=quantize, engine_version=version, **alone).speed
        for version in ("0.6.3", "0.8.0")
    )
    assert old is not None
    assert new is not None
    assert old.decode_tokens_per_second.expected == pytest.approx(measured, rel=0.3)
    assert new.decode_tokens_per_second.expected > old.decode_tokens_per_second.expected


QWEN_14B = {"model": "Qwen/Qwen3-14B", "gpu": "A100 80GB", "engine_version": "0.11.0"}


@pytest.mark.parametrize(
    ("load", "tokens", "first_s"),
    [
        # Prompts add to the arithmetic of the others' tokens.
        ({"concurrency": 500, "input_tokens": 2000, "output_tokens": 100}, 284.64, 86.9),
        # Attention is half of what a long prompt computes.
        ({"concurrency": 100, "input_tokens": 32_000, "output_tokens": 100}, 13.65, 359.6),
        # No more than 256 are computed together.
        ({"concurrency": 1000, "input_tokens": 217, "output_tokens": 202}, 1887.31, 41.9),
    ],
)
def test_many_at_once_on_vllm(load: dict[str, int], tokens: float, first_s: float) -> None:
    # Published figures of one A100 (gpustack's performance lab).
    speed = ask(**QWEN_14B, **load).speed
    assert speed is not None
    assert speed.throughput_tokens_per_second.expected == pytest.approx(tokens, rel=0.3)
    assert speed.time_to_first_token_s.expected == pytest.approx(first_s, rel=0.4)


def test_vllm_computes_no_more_together_than_it_warms_up_for() -> None:
    load = {"input_tokens": 100, "output_tokens": 100}
    some, many = (ask(**QWEN_14B, **load, concurrency=n).speed for n in (256, 1000))
    assert some is not None
    assert many is not None
    assert many.throughput_tokens_per_second == some.throughput_tokens_per_second
    large = QWEN_14B | {"gpu": "H100 80GB"}
    some, many = (ask(**large, **load, concurrency=n).speed for n in (256, 1000))
    assert some is not None
    assert many is not None
    assert many.throughput_tokens_per_second.expected > some.throughput_tokens_per_second.expected


def test_only_sagemaker_has_a_network_before_the_first_token() -> None:
    load = {"input_tokens": 100, "output_tokens": 100}
    alone, hosted = ask(gpu="A10G", **load).speed, ask(instance="ml.g5.xlarge", **load).speed
    assert alone is not None
    assert hosted is not None
    way = hosted.time_to_first_token_s.expected - alone.time_to_first_token_s.expected
    assert way == pytest.approx(15e-3)
    assert hosted.decode_tokens_per_second == alone.decode_tokens_per_second


def test_experts_take_kernels_of_their_own() -> None:
    dense, mixed = (
        ask(model=name, gpu="H100 80GB", engine="llama.cpp", quantize="mxfp4").speed
        for name in ("Qwen/Qwen3-4B", "openai/gpt-oss-20b")
    )
    assert dense is not None
    assert mixed is not None
    # Published for gpt-oss-20b: 3.5 ms a token.
    assert 1 / mixed.decode_tokens_per_second.expected == pytest.approx(3.5e-3, rel=0.2)


def test_a_burst_of_prompts_waits_for_half_of_them() -> None:
    load = {"gpu": "A40", "input_tokens": 100, "output_tokens": 500}
    alone, burst = ask(**load).speed, ask(**load, concurrency=50).speed
    assert alone is not None
    assert burst is not None
    assert alone.burst_first_token_s == alone.time_to_first_token_s
    # Published means of 50 at once: 0.22 to 0.76 s with models of this size.
    assert 0.3 < burst.burst_first_token_s.expected < 0.8
    assert burst.time_to_first_token_s.high < 0.2
