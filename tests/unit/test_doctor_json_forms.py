"""What the AWS command line prints, as evidence."""

from typing import Any

import pytest

from slm.doctor.evidence import Evidence
from slm.doctor.infer import diagnose
from slm.doctor.json_forms import evidence_of_json, flaw_of

OOM = "CUDA out of memory"
IMAGE = "1.dkr.ecr.eu-west-2.amazonaws.com/vllm:1"


def evidence(value: object) -> Evidence:
    found = evidence_of_json(value)
    assert found is not None
    return found


def first(value: object) -> str:
    found = diagnose(evidence(value)).candidates
    return found[0].cause.id if found else ""


def event(resource: str, status: str, reason: str = "") -> dict[str, str]:
    return {
        "StackName": "S",
        "LogicalResourceId": resource,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


@pytest.mark.parametrize(
    "value",
    [
        {"events": [{"timestamp": 1, "message": OOM, "ingestionTime": 2}], "nextToken": "x"},
        [{"timestamp": 1, "message": OOM}, {"timestamp": 2, "message": "bye"}],
        [{"@timestamp": "1", "@message": OOM}, {"@message": "bye"}],
        ["loading", OOM],
        [{"log_lines": [OOM]}],
        {"results": [[{"field": "@ptr", "value": "1"}, {"field": "@message", "value": OOM}]]},
    ],
    ids=["events", "a list of events", "console", "lines", "a list of one case", "insights"],
)
def test_log_events(value: object) -> None:
    assert first(value) == "gpu_oom_weights"


def test_stack_events_of_the_last_operation() -> None:
    events = [
        event("S", "UPDATE_ROLLBACK_COMPLETE"),
        event("Model", "UPDATE_FAILED", "Resource update cancelled"),
        event("Endpoint", "UPDATE_FAILED", "Cannot create already existing endpoint"),
        event("S", "UPDATE_IN_PROGRESS"),
        event("Endpoint", "CREATE_FAILED", "InsufficientInstanceCapacity"),
    ]
    found = diagnose(evidence({"StackEvents": events}))
    assert [c.cause.id for c in found.candidates] == ["endpoint_name_or_config_exists"]
    assert "cancelled" not in str(found.candidates)


def test_events_of_a_healthy_stack() -> None:
    found = diagnose(evidence({"StackEvents": [event("S", "CREATE_COMPLETE")]}))
    assert found.candidates == ()
    assert found.lines_read == 1


def test_a_stack_that_takes_no_updates() -> None:
    stack = {"StackName": "S", "StackStatus": "UPDATE_ROLLBACK_FAILED"}
    assert first({"Stacks": [stack]}) == "cfn_rollback_stuck"
    assert first({"Stacks": [stack | {"StackStatus": "CREATE_COMPLETE"}]}) == ""


def test_an_endpoint() -> None:
    endpoint: dict[str, Any] = {
        "EndpointStatus": "Failed",
        "FailureReason": "Cross region ECR image pulls are not allowed.",
        "ProductionVariants": [{"DeployedImages": [{"SpecifiedImage": IMAGE}]}],
    }
    found = evidence(endpoint)
    assert found.context.engine == "vllm"
    assert diagnose(found).candidates[0].cause.id == "image_wrong_region"
    assert first({"EndpointStatus": "InService"}) == ""
    kept = {"EndpointStatus": "InService", "FailureReason": "It did not come up."}
    assert first(kept) == "endpoint_update_rolled_back"


@pytest.mark.parametrize(
    "value",
    [
        {"events": None},
        {"results": "x"},
        {"results": [1, [2, {"field": "@message"}]]},
        {"StackEvents": "x"},
        {"StackEvents": []},
        {"StackEvents": [1, None]},
        {"Stacks": None},
        {"Stacks": ["x"]},
        {"EndpointStatus": None},
        {"FailureReason": 3},
        [None, 1, [2]],
    ],
)
def test_odd_values_do_no_harm(value: object) -> None:
    assert first(value) == ""


def test_a_misspelt_field_beside_others_is_told() -> None:
    found = evidence({"log_lines": ["fine"], "cfn_reasons": "x", "source": "y"})
    assert found.unseen == ["cfn_reasons is no field of a case: is cfn_reason meant?"]


def test_names_without_end_are_cut() -> None:
    names = {f"{n}{'x' * 10_000}": n for n in range(10_000)}
    assert len(flaw_of(names)) < 500


@pytest.mark.parametrize("value", ["text", 1, None, {"foo": 1}, {"message": "x"}, []])
def test_what_has_no_form_is_text(value: object) -> None:
    assert evidence_of_json(value) is None


@pytest.mark.parametrize("value", [{"message": "x"}, {"Error": {}}, {"level": "INFO"}, "text"])
def test_answers_and_log_lines_have_no_flaw(value: object) -> None:
    assert flaw_of(value) == ""
