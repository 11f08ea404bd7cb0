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
    assert "in us-east-1" in told


def test_hardware_outside_of_sagemaker_has_no_cost() -> None:
    told = words(plan(gpu="RTX 4090"))
    assert "RTX 4090" in told
    assert "Cost" not in told


def test_what_an_engine_refuses_has_no_speed() -> None:
    told = words(plan(gpu="T4", quantize="marlin"))
    assert "no. marlin needs compute capability 8.0" in told
    assert "tokens/s" not in told


def test_nothing_to_compare() -> None:
    stream = io.StringIO()
    tell_table([], None, Output(as_json=False, stdout=stream, stderr=stream))
    assert stream.getvalue() == "No instance of the catalog has a price here.\n"
