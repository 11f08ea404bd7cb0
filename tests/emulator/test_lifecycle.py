"""One stack through its life: deployed, called, left alone, changed, destroyed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from openai import OpenAI

from tests.emulator.calls import ANSWER, QUESTION, Api, api_of
from tests.emulator.conftest import Synthesize
from tests.emulator.inventory import inventory
from tests.emulator.project import Emulator, succeeded

STACK: Final = "Lifecycle"
ENDPOINT: Final = f"{STACK}-endpoint"
FIRST: Final = {"SLM_STACK_NAME": STACK}
CHANGED: Final = FIRST | {
    "SLM_INSTANCE_TYPE": "ml.g5.2xlarge",
    "SLM_HF_MODEL_ID": "Qwen/Qwen2.5-7B-Instruct",
    "SLM_QUOTA": "123",
    "SLM_RATE_LIMIT": "7",
}


@pytest.fixture(scope="module")
def before(emulator: Emulator) -> frozenset[str]:
    """What the account held before the stack."""
    return inventory(emulator)


@pytest.fixture(scope="module")
def deployed(emulator: Emulator, assembly: Synthesize, before: frozenset[str]) -> Iterator[Path]:
    """The stack, deployed as it is configured at first."""
    first = assembly(FIRST)
    result = emulator.deploy(first)
    assert succeeded(result)
    yield first
    emulator.clear(first, STACK)


@pytest.fixture(scope="module")
def api(emulator: Emulator, deployed: Path) -> Api:
    """Its API; neither address nor key changes in its life."""
    return api_of(emulator, STACK)


@pytest.fixture
def client(api: Api) -> Iterator[OpenAI]:
    """The OpenAI client, as its users make one."""
    with OpenAI(base_url=api.openai_base_url, api_key=api.key, max_retries=0) as client:
        yield client


def test_a_keyed_request_brings_the_models_answer(api: Api) -> None:
    answer = api.ask()

    assert answer.status_code == 200
    assert ANSWER in answer.json()["generated_text"]
    assert answer.json()["details"]["generated_tokens"] > 0


def test_an_openai_client_streams(client: OpenAI) -> None:
    (model,) = client.models.list().data
    stream = client.chat.completions.create(
        model=model.id,
        messages=[{"role": "user", "content": QUESTION}],
        temperature=0,
        max_tokens=16,
        stream=True,
    )

    pieces = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]

    assert ANSWER in "".join(pieces)
    assert len([piece for piece in pieces if piece]) > 3


def test_a_stream_is_not_held_back(api: Api) -> None:
    body = {"prompt": "Write a story.", "stream": True, "parameters": {"max_new_tokens": 256}}
    with api.stream("invoke", body) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        chunks = [chunk for chunk in answer.iter_raw() if chunk]

    # What was held back would come as one; a busy machine reads several at once.
    assert len(chunks) > 3


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "no-such-key"}])
def test_without_a_valid_key_there_is_no_answer(api: Api, headers: dict[str, str]) -> None:
    answer = api.send("POST", "invoke", json={"prompt": QUESTION}, headers=headers)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"


def test_what_needs_no_key_is_there_without_one(api: Api) -> None:
    assert api.get("health").json()["status"] == "InService"
    assert api.get("").headers["content-type"].startswith("text/html")
    assert "/invoke" in api.get("openapi.json").json()["paths"]
    assert api.get("no-such-route").json()["error"]["code"] == "route_not_found"


def test_a_second_deploy_changes_nothing(emulator: Emulator, deployed: Path) -> None:
    result = emulator.deploy(deployed)

    assert succeeded(result)
    assert f"{STACK} (no changes)" in result.stdout + result.stderr
    assert emulator.stack(STACK)["StackStatus"] == "CREATE_COMPLETE"


def test_diff_is_empty_for_what_is_deployed(emulator: Emulator, deployed: Path) -> None:
    result = emulator.cdk("diff", deployed, "--fail")

    assert succeeded(result)


def test_another_model_instance_and_limit_change_the_endpoint_in_place(
    emulator: Emulator, assembly: Synthesize, api: Api
) -> None:
    changed = assembly(CHANGED)
    old = endpoint(emulator)
    shown = emulator.cdk("diff", changed)
    assert "ml.g5.2xlarge" in shown.stdout + shown.stderr

    result = emulator.deploy(changed)

    assert succeeded(result)
    new = endpoint(emulator)
    assert new["CreationTime"] == old["CreationTime"]
    assert new["EndpointStatus"] == "InService"
    assert variant(emulator, new)["InstanceType"] == "ml.g5.2xlarge"
    assert api.ask().status_code == 200
    assert api.get("v1/models", authorization=f"Bearer {api.key}").json()["data"][0]["id"] == (
        CHANGED["SLM_HF_MODEL_ID"]
    )
    (plan,) = emulator.client("apigateway").get_usage_plans(keyId=api.key_id)["items"]
    assert (plan["quota"]["limit"], plan["throttle"]["rateLimit"]) == (123, 7)


def test_the_function_may_do_what_its_role_says_and_no_more(emulator: Emulator, api: Api) -> None:
    iam = emulator.client("iam")
    (function,) = (
        f
        for f in emulator.client("lambda").list_functions()["Functions"]
        if f["Handler"] == "run.sh"
    )
    name = function["Role"].rpartition("/")[2]
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    iam.delete_role_policy(RoleName=name, PolicyName=policy)

    refused = api.ask()

    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    assert refused.status_code >= 500
    assert api.ask().status_code == 200


def test_destroy_leaves_nothing(emulator: Emulator, deployed: Path, before: frozenset[str]) -> None:
    result = emulator.destroy(deployed)

    assert succeeded(result)
    assert inventory(emulator) - before == frozenset()


def endpoint(emulator: Emulator) -> dict[str, Any]:
    """The stack's endpoint."""
    return dict(emulator.client("sagemaker").describe_endpoint(EndpointName=ENDPOINT))


def variant(emulator: Emulator, endpoint: dict[str, Any]) -> dict[str, Any]:
    """The one variant of its configuration."""
    (found,) = emulator.client("sagemaker").describe_endpoint_config(
        EndpointConfigName=endpoint["EndpointConfigName"]
    )["ProductionVariants"]
    return dict(found)
