"""Where a setting comes from, and what a wrong one says."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from slm.gateway.config import GatewayConfig
from slm.limits import GATEWAY_CONFIG_MAX_BYTES
from slm.settings import DEFAULT_PLAN, Settings, SettingsError, load_settings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty settings file in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "slm.toml"
    path.write_text("")
    return path


def test_arguments_over_environment_over_file_over_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().quota == 10_000
    file.write_text("quota = 5")
    assert load_settings().quota == 5
    monkeypatch.setenv("SLM_QUOTA", "6")
    assert load_settings().quota == 6
    assert load_settings(quota=7).quota == 7


def test_works_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings() == Settings()


def test_the_shipped_file_has_every_setting_with_its_default_and_an_explanation(
    repository: Path,
) -> None:
    text = (repository / "slm.toml").read_text()
    shipped = tomllib.loads(text)
    defaults = Settings().model_dump()
    assert {n: tuple(v) if isinstance(v, list) else v for n, v in shipped.items()} == defaults
    lines = text.splitlines()
    explained = False
    for line in lines:
        if line.startswith("#"):
            explained = True
        elif not line or line.startswith("["):
            explained = False
        else:
            assert explained, f"{line}: no explanation above it"


def test_the_page_has_every_setting_with_its_default(repository: Path) -> None:
    page = (repository / "docs" / "configuration.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| `(.*?)` \|", page, re.MULTILINE)
    assert {name: json.loads(value) for name, value in rows} == Settings().model_dump(mode="json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rate_limit = 'fast'", ["rate_limit = 'fast'", "slm.toml", "valid number"]),
        ("quota = 0", ["quota = 0", "greater than or equal to 1"]),
        ("engine = 'ollama'", ["engine = 'ollama'", "'tgi', 'vllm' or 'llama.cpp'"]),
        ("instance_type = 'g5.xlarge'", ["instance_type = 'g5.xlarge'", "pattern"]),
        ("instance_typ = 'x'", ["instance_typ: there is no such setting", "mean instance_type?"]),
        ("zzz = 1", ["zzz: there is no such setting (slm.toml). docs/configuration.md lists"]),
        ("rate_limit = \n", ["slm.toml is no TOML: ", "line 1"]),
        ("quantize = 'q4'", ['quantize = "q4"', "tgi takes one of", "bitsandbytes-nf4"]),
        ("max_input_tokens = 4096", ["max_input_tokens = 4096", "below max_total_tokens"]),
        ("container_startup_timeout_s = 60", ["container_startup_timeout_s = 60", "600"]),
        ("cors_origins = ['example.com']", ["cors_origins", "https://"]),
        ("gguf_file = 'a.gguf'", ["gguf_file", "llama.cpp"]),
        ("quota = ", ["slm.toml", "Invalid value"]),
        (f"stack_name = '{'x' * 55}'", ["stack_name"]),
        ("log_retention_days = 2", ["log_retention_days = 2", "30"]),
        ("running_hours = 'nine to five'", ["running_hours = 'nine to five'", "Mon-Fri 08:00"]),
        ("running_hours = 'Mon 08:00-08:00'", ["must differ"]),
        ("time_zone = 'Mars'", ["time_zone = 'Mars'", "Europe/London"]),
        ("vpc_id = 'vpc-0a1b2c3d'", ["vpc_id and vpc_subnet_ids", "both or neither"]),
        ("vpc_subnet_ids = ['a']", ["vpc_subnet_ids", "subnet-"]),
        ("vpc_endpoints = true", ["vpc_endpoints = true", "needs vpc_id"]),
        ("domain_name = 'llm.example.com'", ["domain_name and certificate_arn"]),
        ("hosted_zone_id = 'Z1'", ["hosted_zone_id", "needs domain_name"]),
        ("waf_rate_limit = 5", ["waf_rate_limit = 5", "at least 10"]),
        ("model_data_url = 's3://bucket/model'", ["model_data_url", "pattern"]),
        (
            "engine = 'llama.cpp'\nquantize = ''\nmodel_data_url = 's3://bucket/m/'",
            ["gguf_file", "name the file below model_data_url"],
        ),
        (
            "engine = 'llama.cpp'\nquantize = ''\nhf_model_revision = 'v1'",
            ["gguf_file", "the file of hf_model_revision"],
        ),
        (
            "model_data_url = 's3://bucket/m/'\nhf_model_revision = 'v1'",
            ["hf_model_revision and model_data_url", "name one of them"],
        ),
        ("model_data_url = 's3://bucket/m/'\nhf_token_secret = 'a'", ["needs no token"]),
        ("image_uri = 'docker.io/vllm/vllm:1'", ["image_uri", "pattern"]),
        ("image_uri = '123456789012.dkr.ecr.eu-west-2.amazonaws.com/a'", ["image_uri"]),
        ("kms_key_arn = 'alias/mine'", ["kms_key_arn", "pattern"]),
        ("alarm_email = 'nobody'", ["alarm_email", "pattern"]),
        ("autoscaling_min_instance_count = 0", ["autoscaling_min_instance_count = 0"]),
        ("hf_token_secret = 'a'\nhf_token_parameter = 'b'", ["name one of them"]),
        ("autoscaling_max_instance_count = 2\ninitial_instance_count = 3", ["must be between"]),
        ("[plans.batch]\nrate_limt = 3", ["plans.batch.rate_limt: there is no", "rate_limit?"]),
        ("[plans.batch]\nquota = 0", ["plans.batch.quota = 0", "greater than or equal to 1"]),
        ("[plans.Batch]\nquota = 1", ["plans", "pattern"]),
        ("[container_environment]\n'A-B' = 'x'", ["container_environment", "pattern"]),
    ],
)
def test_a_wrong_key_says_name_value_and_what_is_allowed(
    file: Path, text: str, words: list[str]
) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    for word in words:
        assert word in caught.value.message


def test_every_wrong_key_has_its_line(file: Path) -> None:
    file.write_text("quota = 0\nburst_limit = 0")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert len(caught.value.message.splitlines()) == 2


def test_a_wrong_variable_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLM_QUOTA", "many")
    with pytest.raises(SettingsError, match="SLM_QUOTA"):
        load_settings()


def test_an_unknown_variable_stops(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLM_QOUTA", "5")
    words = r"SLM_QOUTA: there is no such setting\. Did you mean SLM_QUOTA\?"
    with pytest.raises(SettingsError, match=words):
        load_settings()


def test_variables_of_the_client_are_not_settings(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLM_API_KEY", "k")
    monkeypatch.setenv("SLM_URL", "http://127.0.0.1")
    load_settings()


def test_another_file(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLM_CONFIG_FILE", str(tmp_path / "dev.toml"))
    with pytest.raises(SettingsError, match="no such file"):
        load_settings()
    (tmp_path / "dev.toml").write_text("quota = 3")
    assert load_settings().quota == 3


def test_origins_from_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLM_CORS_ORIGINS", "https://a.example, https://b.example")
    assert load_settings().cors_origins == ("https://a.example", "https://b.example")


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().quota = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "endpoint"),
    [
        ({}, "SlmSagemakerStack-endpoint"),
        ({"stack_name": "dev"}, "dev-endpoint"),
        ({"endpoint_name": "mine"}, "mine"),
        ({"hf_model_id": "a/b"}, "SlmSagemakerStack-endpoint"),
    ],
)
def test_the_endpoints_name_does_not_come_from_the_model(
    file: Path, given: dict[str, Any], endpoint: str
) -> None:
    assert load_settings(**given).resolved_endpoint_name == endpoint


def test_the_gateways_document_reads_back(file: Path) -> None:
    config = load_settings(cors_origins=("https://a.example",)).gateway_config()
    document = config.to_json()
    assert GatewayConfig.from_json(document) == config
    assert len(document) < GATEWAY_CONFIG_MAX_BYTES


@pytest.mark.parametrize("document", ["[]", "{}", '{"endpoint_name": "x", "colour": 1}'])
def test_another_versions_document_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match="GATEWAY_CONFIG"):
        GatewayConfig.from_json(document)


def test_a_plan_takes_from_the_settings_what_it_does_not_say(file: Path) -> None:
    file.write_text("quota = 7\n[plans.batch]\nrate_limit = 2\nquota_period = 'month'")
    plans = load_settings().usage_plans()
    assert list(plans) == [DEFAULT_PLAN, "batch"]
    assert plans[DEFAULT_PLAN].rate_limit == 50
    assert plans["batch"].rate_limit == 2
    assert plans["batch"].quota == plans[DEFAULT_PLAN].quota == 7
    assert plans["batch"].quota_period == "month"


def test_the_default_plan_can_have_a_section(file: Path) -> None:
    file.write_text("[plans.default]\nquota = 3")
    assert load_settings().usage_plans()[DEFAULT_PLAN].quota == 3


def test_tables_from_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLM_PLANS", '{"batch": {"quota": 9}}')
    monkeypatch.setenv("SLM_CONTAINER_ENVIRONMENT", '{"A": "b"}')
    settings = load_settings()
    assert settings.usage_plans()["batch"].quota == 9
    assert settings.container_environment == {"A": "b"}


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("SLM_PLANS", "{batch", "SLM_PLANS = '{batch': must be a table in JSON"),
        ("SLM_PLANS", "", "SLM_PLANS = '': must be a table in JSON"),
        ("SLM_CORS_ORIGINS", "[x", "separated by commas, or a list in JSON"),
    ],
)
def test_a_broken_table_or_list_in_the_environment_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert words in caught.value.message


@pytest.mark.parametrize("form", ["subnet-0a1b2c3d, subnet-1a1b2c3d", '["subnet-0a1b2c3d"]'])
def test_lists_from_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setenv("SLM_VPC_ID", "vpc-0a1b2c3d")
    monkeypatch.setenv("SLM_VPC_SUBNET_IDS", form)
    assert load_settings().vpc_subnet_ids[0] == "subnet-0a1b2c3d"


@pytest.mark.parametrize("name", ["HF_TOKEN", "QUANTIZE", "HF_MODEL_REVISION", "USAGE_STATS"])
def test_what_the_template_sets_is_not_set_twice(file: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"container_environment.{name}: the template sets it"):
        load_settings(quantize="", container_environment={name: "x"})


def test_a_table_in_the_stages_file_replaces_the_whole(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("[plans.batch]\nquota = 3")
    file.with_name("slm.dev.toml").write_text("stack_name = 'Dev'\n[plans.trial]\nquota = 5")
    monkeypatch.setenv("SLM_STAGE", "dev")
    assert set(load_settings().usage_plans()) == {DEFAULT_PLAN, "trial"}


def test_a_stage_is_one_more_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("quota = 3\nburst_limit = 4")
    monkeypatch.setenv("SLM_STAGE", "dev")
    with pytest.raises(SettingsError, match=r"no file slm\.dev\.toml"):
        load_settings()
    stage = file.with_name("slm.dev.toml")
    stage.write_text("quota = 5")
    with pytest.raises(SettingsError, match="its own stack_name"):
        load_settings()
    stage.write_text("quota = 5\nstack_name = 'Dev'")
    settings = load_settings()
    assert (settings.stack_name, settings.quota, settings.burst_limit) == ("Dev", 5, 4)


def test_a_stages_name_is_no_path(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLM_STAGE", "../../etc")
    with pytest.raises(SettingsError, match="letters and digits"):
        load_settings()
