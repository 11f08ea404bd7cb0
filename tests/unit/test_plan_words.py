"""A plan in words."""

import io
from typing import Any

import pytest

from slm.cli.plan_words import tell, tell_table
from slm.cli.render import Output
from slm.planning.account import Quota
from slm.planning.ask import Question, request_of
from slm.planning.cost import Deployment
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


def test_what_does_not_fit_is_neither_fast_nor_billed_by_use() -> None:
    fits, not_fits = (words(plan(instance=f"ml.{name}.xlarge")) for name in ("g5", "g4dn"))
    assert "a month (price of" in not_fits
    for part in ("tokens/s", "First token", "for a million tokens", "for a million requests"):
        assert part in fits
        assert part not in not_fits


def test_requests_say_what_they_pay_for() -> None:
    request = request_of(
        Question(model="Qwen/Qwen3-8B", engine="vllm", region="us-east-1", instance="ml.g5.xlarge")
    )
    assert "a million requests (API Gateway, Lambda, logs)" in words(make_plan(request))
    guarded = make_plan(request, deployment=Deployment(rest={"web ACL": 6.0}, web_acl=True))
    assert "a million requests (API Gateway, Lambda, logs, web ACL)" in words(guarded)


def test_what_nobody_said_is_told() -> None:
    assert "Weights of 16 bits; --quantize names another" in words(plan(gpu="A10G"))
    assert "Assumed" not in words(plan(gpu="A10G", quantize="none"))


def test_what_is_no_gpu_has_no_memory_of_one() -> None:
    assert "of keys and values" not in words(plan(instance="ml.inf2.xlarge"))


def test_a_burst_is_told_apart_from_a_steady_load() -> None:
    one, many = (words(plan(gpu="A10G", concurrency=number)) for number in (1, 32))
    assert "at once" not in one.partition("First token")[2]
    assert "on average where all 32 prompts come at once" in many


def table(region: str, **options: Any) -> str:
    names = ("ml.g4dn.xlarge", "ml.g5.xlarge")
    return comparison([plan(instance=name, region=region, **options) for name in names])


def comparison(plans: list[Plan]) -> str:
    stream = io.StringIO()
    tell_table(plans, None, Output(as_json=False, stdout=stream, stderr=stream))
    return stream.getvalue()


def test_a_row_that_does_not_fit_says_why() -> None:
    rows = table("us-east-1", quantize="none").splitlines()
    assert rows[2].endswith("no    weights too large")
    assert rows[3].startswith("-> ml.g5.xlarge")
    assert rows[4:] == ["Prices: us-east-1, 2026-09-27."]


def test_a_comparison_names_its_load_and_what_it_assumes() -> None:
    lines = table("us-east-1", concurrency=8, context=2048).splitlines()
    assert lines[0] == (
        "Qwen/Qwen3-8B, 16 bits, vllm; context 2048; 8 at once, 512 tokens in, 512 tokens out"
    )
    assert lines[-1] == "Assumed: Weights of 16 bits; --quantize names another format."


def test_a_region_is_named_once_with_its_dates() -> None:
    names = ("ml.g5.xlarge", "ml.g7e.2xlarge")
    told = comparison([plan(instance=name, quantize="none") for name in names]).splitlines()
    assert told[-1] == "Prices: us-east-1, 2026-09-01 and 2026-09-27."


def test_a_long_gpu_name_is_whole_and_the_columns_are_straight() -> None:
    names = ("ml.g5.xlarge", "ml.g7e.2xlarge")
    _, head, *rows = comparison([plan(instance=name) for name in names]).splitlines()
    assert "1 x RTX PRO 6000 Blackwell Server Edition" in rows[1]
    assert [row[head.index("fits") :][:3] for row in rows[:2]] == ["yes", "yes"]


def test_a_comparison_says_once_whose_prices_these_are() -> None:
    assert table("eu-west-2", quantize="none").splitlines()[-2:] == [
        "Prices are those of us-east-1: the catalog has none for eu-west-2.",
        "EC2's prices there, on 2026-01-21: g4dn 17 % more; g5 27 % more.",
    ]


def test_nothing_to_compare() -> None:
    assert comparison([]) == "No instance of the catalog has a price here.\n"


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            "Qwen/Qwen3-14B-AWG",
            "planned as Qwen/Qwen3-14B. Did you mean Qwen/Qwen3-14B-AWQ?",
        ),
        ("Qwen/Qwen3-8B-AWQX", "planned as Qwen/Qwen3-8B. Did you mean Qwen/Qwen3-8B?"),
        (
            "mistralai/Mistral-7B-Instruct-v0.4",
            "planned as mistralai/Mistral-7B-Instruct-v0.3. Did you mean ",
        ),
    ],
)
def test_a_name_that_is_only_like_a_known_one_is_told(model: str, told: str) -> None:
    found = plan(model=model, instance="ml.g6e.xlarge")
    line = f"{model} is not in the catalog, {told}"
    assert line in words(found)
    assert line in comparison([found])


def test_a_first_token_that_nobody_waits_for_has_no_figure() -> None:
    told = words(plan(instance="ml.g5.xlarge", concurrency=100_000))
    assert "later than the API waits (470 s)" in told
    assert "for a million requests" not in told


def test_a_long_wait_has_no_exponent() -> None:
    wait = words(plan(gpu="A10G", concurrency=100_000)).partition("First token")[2].splitlines()[0]
    assert "e+" not in wait
