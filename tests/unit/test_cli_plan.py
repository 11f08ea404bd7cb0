"""``slm plan`` from outside."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from slm.cli import main


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["plan", *arguments])
    return result.exit_code, result.output


def test_the_settings_plan_in_words() -> None:
    status, words = run()
    assert status == 0
    for part in ("Hermes-3-Llama-3.1-8B", "bitsandbytes-nf4", "ml.g4dn.2xlarge", "Fits", "Cost"):
        assert part in words


def test_json_is_one_object() -> None:
    status, text = run("--json", "--quantize", "none", "--instance", "ml.g4dn.xlarge")
    assert status == 0
    assert json.loads(text)["fits"] is False


def test_another_model_is_not_given_the_settings_format() -> None:
    _, text = run("--json", "--model", "Qwen/Qwen3-8B", "--instance", "ml.g5.2xlarge")
    values = json.loads(text)
    assert (values["model"], values["quantize"]) == ("Qwen/Qwen3-8B", "")


@pytest.mark.parametrize("name", ["hermes-3-llama-3.1-8b", "NousResearch/HERMES-3-Llama-3.1-8B"])
def test_the_settings_model_is_itself_however_it_is_spelt(name: str) -> None:
    assert run("--model", name) == run()


def test_the_settings_engine_named_changes_nothing() -> None:
    assert run("--engine", "tgi") == run()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--compare", "--instance", "ml.g5.xlarge", "--quota"], "leave out --instance, --quota."),
        (["--compare", "--gpu", "T4", "--gpus", "2"], "leave out --gpu, --gpus."),
        (["--compare", "--gpu-memory-gib", "24", "--live-prices"],
         "leave out --gpu-memory-gib, --live-prices."),
        (["--chart", "plan.svg"], "add --compare"),
        (["--instance", "ml.g5.xxlarge"], "ml.g5.xxlarge"),
        (["--model", "nobody/nothing"], "not in the catalog"),
        (["--context", "-5"], "--context -5"),
        (["--context", "999999999"], "--context 999999999: must be from 1 to 100000000"),
        (["--context", "0"], "--context 0: must be from 1"),
        (["--gpu", "A100", "--instance", "ml.g5.xlarge"], "leave out --gpu A100."),
        (["--model", "/nope.gguf"], "--model /nope.gguf: there is no such file."),
        (["--model", "meta-llama/Llama-3.1-9B"],
         "Did you mean meta-llama/Llama-3.1-8B-Instruct or"),
        (["--gpu", "RTX 9999"], "no such GPU"),
        (["--kv-cache-dtype", "int3"], "there are auto, fp8"),
        (["--dtype", "float12"], "there are auto, float16"),
        (["--engine", "ollama"], "there are tgi, vllm, llama.cpp"),
        (["--region", "eu-wst-1"], "Did you mean eu-west-1?"),
        (["--engine-version", "new"], "must be numbers"),
        (["--engine-version", "0.0"], "must be numbers"),
        (["--engine-version=-1.2"], "must be numbers"),
        (["--model", "Qwen/Qwen2.5-7B-Instrct"], "Did you mean Qwen/Qwen2.5-7B-Instruct"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_and_status_2(arguments: list[str], words: str) -> None:
    status, text = run(*arguments)
    assert status == 2
    assert words in text
    assert len(text.strip().splitlines()) == 1


def test_the_comparison_marks_the_cheapest_that_fits(tmp_path: Path) -> None:
    picture = tmp_path / "plan.svg"
    status, text = run("--compare", "--chart", str(picture))
    assert status == 0
    marked = [line for line in text.splitlines() if line.startswith("->")]
    assert len(marked) == 1
    assert "ml.g4dn.xlarge" in marked[0]
    assert ElementTree.parse(picture).getroot().tag.endswith("svg")
    _, as_json = run("--compare", "--json")
    assert len(json.loads(as_json)["plans"]) > 20


def test_a_chart_shows_what_fits_only(tmp_path: Path) -> None:
    picture = tmp_path / "plan.svg"
    run("--compare", "--quantize", "none", "--chart", str(picture))
    drawn = picture.read_text()
    # Letters are drawn as paths, with their words in a comment before them.
    assert "<!-- g5.xlarge -->" in drawn
    assert "g4dn.xlarge" not in drawn


def test_a_context_longer_than_the_model_s_is_answered_with_the_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLM_HF_MODEL_ID", "TinyLlama/TinyLlama-1.1B-Chat-v1.0")
    words = run()[1]
    assert "A context of 4096 tokens is more than" in words
    assert "max_total_tokens = 2048, and max_input_tokens less than that." in words


def test_a_context_that_was_lowered_is_told() -> None:
    words = run("--model", "TinyLlama/TinyLlama-1.1B-Chat-v1.0")[1]
    assert "A context of 2048 tokens instead of 4096: TinyLlama/" in words


def test_the_file_of_the_settings_repository_goes_with_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLM_HF_MODEL_ID", "Qwen/Qwen3-8B-GGUF")
    monkeypatch.setenv("SLM_GGUF_FILE", "Qwen3-8B-Q4_K_M.gguf")
    monkeypatch.setenv("SLM_ENGINE", "llama.cpp")
    monkeypatch.setenv("SLM_QUANTIZE", "")
    named = run("--model", "qwen/qwen3-8b-gguf")
    assert named == run()
    assert "q4_k_m" in named[1]


def test_a_whole_question_needs_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLM_CONFIG_FILE", "/nowhere/slm.toml")
    status, _ = run("--model", "Qwen/Qwen3-8B", "--engine", "vllm", "--gpu", "RTX 4090", "--json")
    assert status == 0


def test_prices_of_aws_need_credentials() -> None:
    status, text = run("--live-prices", "--instance", "ml.g5.xlarge")
    assert status == 1
    assert len(text.strip().splitlines()) == 1


def test_refreshing_the_catalog_needs_credentials() -> None:
    result = CliRunner().invoke(main, ["refresh-prices"])
    assert result.exit_code == 1
    assert len(result.output.strip().splitlines()) == 1


def test_scaling_is_told_as_a_range(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLM_AUTOSCALING_MAX_INSTANCE_COUNT", "3")
    assert "$686 to $2059 a month" in run()[1]


def test_why_the_default_is_the_larger_of_two_instances_with_the_same_gpu() -> None:
    smaller = run("--instance", "ml.g4dn.xlarge")[1]
    assert "main memory (16 GiB) cannot keep the checkpoint (15 GiB)" in smaller
    assert "ml.g4dn.2xlarge has the same GPU and room for it" in smaller
    assert "The start is slow" not in run()[1]


@pytest.mark.parametrize(
    ("endpoints", "model", "told"),
    [("false", "", True), ("true", "", True), ("true", "s3://models/hermes/", False)],
)
def test_a_private_vpc_pays_for_its_way_out(
    endpoints: str, model: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLM_VPC_ID", "vpc-12345678")
    monkeypatch.setenv("SLM_VPC_SUBNET_IDS", "subnet-12345678")
    monkeypatch.setenv("SLM_VPC_ENDPOINTS", endpoints)
    monkeypatch.setenv("SLM_MODEL_DATA_URL", model)
    status, words = run()
    assert status == 0
    assert ("NAT gateway of the VPC, at least one $32.85" in words) is told
