"""Shapes of models: the catalog, names, config.json and GGUF."""

import csv
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from slm.local.models import find_model as find_file
from slm.planning.errors import PlanError
from slm.planning.gguf import read_gguf
from slm.planning.model_config import from_config, read_config
from slm.planning.model_names import find_model
from slm.planning.models import CATALOG_FILE, catalog

LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "torch_dtype": "bfloat16",
}


def test_every_shape_of_the_catalog_has_its_source() -> None:
    with CATALOG_FILE.open(encoding="utf-8", newline="") as file:
        assert all(row["source"] for row in csv.DictReader(file))


def test_the_catalog_is_consistent() -> None:
    for name, shape in catalog().items():
        assert shape.name == name
        assert shape.embedding_parameters < shape.parameters
        assert shape.attention_heads % shape.kv_heads == 0, name
        assert shape.kv_bytes_per_token > 0
        assert bool(shape.experts) == bool(shape.experts_per_token)


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("NousResearch/Hermes-3-Llama-3.1-8B", "NousResearch/Hermes-3-Llama-3.1-8B"),
        ("qwen/qwen3-8b", "Qwen/Qwen3-8B"),
        ("TheBloke/Llama-2-70B-GPTQ", "meta-llama/Llama-2-70b-hf"),
        ("unsloth/Meta-Llama-3.1-8B-Instruct-bnb-4bit", "meta-llama/Llama-3.1-8B-Instruct"),
        ("Qwen/Qwen2.5-Coder-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct"),
        ("HuggingFaceH4/zephyr-7b-beta", "mistralai/Mistral-7B-Instruct-v0.3"),
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "Qwen/Qwen3-8B"),
        ("Qwen2-72B (a fine-tune)", "Qwen/Qwen2-72B-Instruct"),
    ],
)
def test_a_name_tells_the_shape(name: str, base: str) -> None:
    assert find_model(name).name == base


def test_a_typo_is_met_with_a_suggestion() -> None:
    with pytest.raises(PlanError, match=r"Did you mean NousResearch/Hermes-3-Llama-3\.1-8B"):
        find_model("NousResearch/Hermes-3-Lama-3.1-8B")
    with pytest.raises(PlanError, match="--model-config"):
        find_model("nobody/nothing")


def test_a_config_gives_what_the_catalog_has() -> None:
    shape = from_config("x", LLAMA, "config.json")
    known = find_model("NousResearch/Hermes-3-Llama-3.1-8B")
    assert shape.parameters == pytest.approx(known.parameters, rel=1e-3)
    assert shape.kv_bytes_per_token == known.kv_bytes_per_token


def test_experts_and_latent_attention() -> None:
    config = LLAMA | {"num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000}
    mixtral = from_config("x", config, "config.json")
    assert mixtral.parameters == pytest.approx(
        find_model("mistralai/Mixtral-8x7B-Instruct-v0.1").parameters, rel=1e-3
    )
    assert mixtral.active_parameters < mixtral.parameters / 3
    assert mixtral.touched_parameters(64) == pytest.approx(mixtral.parameters, rel=0.01)
    latent = from_config("x", LLAMA | {"kv_lora_rank": 512, "qk_rope_head_dim": 64}, "c")
    assert latent.kv_bytes_per_token == 2 * 32 * 576


def test_a_models_folder_with_an_index(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    (tmp_path / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": 16_000_000_000}})
    )
    assert read_config(tmp_path, "mine").parameters == 8e9


@pytest.mark.parametrize("text", ["[]", "{", '{"hidden_size": 1}', "{}"])
def test_what_is_no_config_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(PlanError):
        read_config(tmp_path, "mine")
    with pytest.raises(PlanError, match="no such file"):
        read_config(tmp_path / "else", "mine")


def test_the_head_of_a_real_gguf_file() -> None:
    path = find_file(None).path
    found = read_gguf(path)
    known = find_model("HuggingFaceTB/SmolLM2-135M-Instruct")
    assert (found.shape.layers, found.shape.kv_heads) == (known.layers, known.kv_heads)
    weight = found.shape.parameters * found.fmt.bytes_per_weight
    assert weight == pytest.approx(path.stat().st_size)


def _text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def test_a_gguf_file_tells_the_window(tmp_path: Path) -> None:
    numbers = {
        "block_count": 26,
        "attention.head_count": 4,
        "attention.head_count_kv": 1,
        "attention.key_length": 256,
        "attention.sliding_window": 512,
        "embedding_length": 1152,
        "feed_forward_length": 6912,
        "context_length": 32768,
        "vocab_size": 262_144,
    }
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, len(numbers) + 1)
    head += _text("general.architecture") + struct.pack("<I", 8) + _text("gemma3")
    for name, number in numbers.items():
        head += _text(f"gemma3.{name}") + struct.pack("<II", 4, number)
    file = tmp_path / "gemma.gguf"
    file.write_bytes(head)
    shape, known = read_gguf(file).shape, find_model("google/gemma-3-1b-it")
    assert (shape.window, shape.full_layers) == (known.window, known.full_layers)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GGML",
        b"GGUF" + struct.pack("<I", 99),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 2**40),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**60),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 0),
    ],
)
def test_a_broken_gguf_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    with pytest.raises(PlanError):
        read_gguf(file)


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("microsoft/Phi-3-mini-128k-instruct", 131_072),
        ("TheBloke/Llama-2-70B-GPTQ", 4096),
        ("someone/Llama-2-70B-Marvel", 131_072),
    ],
)
def test_a_relative_may_have_a_longer_context(name: str, longest: int) -> None:
    assert find_model(name).max_context == longest


def test_a_size_in_a_name_is_believed() -> None:
    large = find_model("mistralai/Mistral-Small-3.1-24B-Instruct-2503")
    assert large.name == "mistralai/Mistral-Small-24B-Instruct-2501"
    with pytest.raises(PlanError, match="Did you mean"):
        find_model("mistralai/Mistral-Small-99B")


def test_a_broken_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        '{"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 8, "vocab_size": 9}'
    )
    (tmp_path / "model.safetensors.index.json").write_text("{")
    with pytest.raises(PlanError, match="not JSON"):
        read_config(tmp_path, "local")


@pytest.mark.parametrize(
    ("config", "window", "full"),
    [
        (
            {"sliding_window": 128, "layer_types": ["sliding_attention", "full_attention"] * 16},
            128,
            16,
        ),
        ({"sliding_window": 1024, "sliding_window_pattern": 6}, 1024, 5),
        # Mistral's first: every block.
        ({"sliding_window": 4096}, 0, 0),
        # Qwen2 has one and does not use it.
        ({"sliding_window": 131_072, "use_sliding_window": False}, 0, 0),
    ],
)
def test_a_config_tells_the_window(config: dict[str, Any], window: int, full: int) -> None:
    shape = from_config("x", LLAMA | config, "config.json")
    assert (shape.window, shape.full_layers) == (window, full)


def test_a_window_holds_no_more_than_its_tokens() -> None:
    shape = find_model("google/gemma-3-27b-it")
    assert shape.held_tokens(500) == 500
    # 10 of 62 blocks hold all of it.
    assert shape.held_tokens(62_000) == pytest.approx((10 * 62_000 + 52 * 1024) / 62, abs=1)


@pytest.mark.parametrize(
    ("architecture", "matrices"), [("LlamaForCausalLM", 3), ("GPTNeoXForCausalLM", 2)]
)
def test_an_mlp_without_a_gate_has_two_matrices(architecture: str, matrices: int) -> None:
    shape = from_config("x", LLAMA | {"architectures": [architecture]}, "config.json")
    attention = 2 * 4096 * 128 * (32 + 8)
    mlp = (shape.linear_parameters / 32) - attention
    assert mlp / (4096 * 14336) == pytest.approx(matrices, rel=1e-3)
