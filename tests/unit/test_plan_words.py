"""A plan in words."""

import io
from typing import Any

from slm.cli.plan_words import tell, tell_table
from slm.cli.render import Output
from slm.planning.account import Quota
from slm.planning.ask import Question, request_of
from slm.planning.plan import Plan, make_plan


def plan(**options: Any) -> Plan:
    question = {"model": "Qwen/Qwen3-8B", "engine": "vllm", "region": "us-east-1"}
    return make_plan(request_of(Question(**(question | options))))


def words(found: Plan, quota: Quota | None = None) -> str:
    stream = io.StringIO()
    tell(found, Output(as_json=False, stdout=stream, stderr=stream), quota)
    return stream.getvalue()


def test_the_quota_comes_with_the_command_for_more() -> None:
    quota = Quota("ml.g5.xlarge for endpoint usage", "L-1", 0.0, "eu-west-2")
    told = words(plan(instance="ml.g5.xlarge", region="eu-west-2"), quota)
    assert "0 instances (ml.g5.xlarge for endpoint usage)" in told
    assert "--quota-code L-1 --desired-value 1 --region eu-west-2" in told
    assert "(price of us-east-1, 2026-09-27)" in told
    assert "Prices are those of us-east-1: the catalog has none for eu-west-2." in told


def test_hardware_outside_of_sagemaker_has_no_cost() -> None:
    told = words(plan(gpu="RTX 4090"))
    assert "RTX 4090" in told
    assert "Cost" not in told


def test_what_an_engine_refuses_has_no_speed() -> None:
    told = words(plan(gpu="T4", quantize="marlin"))
    assert "no. marlin needs compute capability 8.0" in told
    assert "tokens/s" not in told


def test_what_is_no_gpu_has_no_memory_of_one() -> None:
    assert "of keys and values" not in words(plan(instance="ml.inf2.xlarge"))


def test_a_burst_is_told_apart_from_a_steady_load() -> None:
    one, many = (words(plan(gpu="A10G", concurrency=number)) for number in (1, 32))
    assert "at once" not in one.partition("First token")[2]
    assert "on average where all 32 prompts come at once" in many


def table(region: str, **options: Any) -> str:
    stream = io.StringIO()
    plans = [
        plan(instance=name, region=region, **options) for name in ("ml.g4dn.xlarge", "ml.g5.xlarge")
    ]
    tell_table(plans, None, Output(as_json=False, stdout=stream, stderr=stream))
    return stream.getvalue()


def test_a_row_that_does_not_fit_says_why() -> None:
    rows = table("us-east-1").splitlines()
    assert rows[2].endswith("no    weights too large")
    assert rows[3].startswith("-> ml.g5.xlarge")
    assert rows[4:] == ["Prices: us-east-1, 2026-09-27."]


def test_a_comparison_says_once_whose_prices_these_are() -> None:
    assert table("eu-west-2").splitlines()[-2:] == [
        "Prices are those of us-east-1: the catalog has none for eu-west-2.",
        "EC2's prices there, on 2026-01-21: g4dn 17 % more; g5 27 % more.",
    ]


def test_nothing_to_compare() -> None:
    stream = io.StringIO()
    tell_table([], None, Output(as_json=False, stdout=stream, stderr=stream))
    assert stream.getvalue() == "No instance of the catalog has a price here.\n"
