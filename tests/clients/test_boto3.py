"""``boto3``: the twin's SageMaker, found through nothing but environment variables."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.clients.twin_process import Twin

CHAT = {
    "messages": [{"role": "user", "content": "What is the capital of France?"}],
    "temperature": 0,
    "max_tokens": 20,
}


@pytest.fixture
def session(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    for name in ("SAGEMAKER_RUNTIME", "SAGEMAKER"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", twin.sagemaker_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    return boto3.Session()


@pytest.fixture
def runtime(session: boto3.Session) -> Any:
    return session.client("sagemaker-runtime")


def test_invoke_endpoint(runtime: Any, twin: Twin) -> None:
    answer = runtime.invoke_endpoint(
        EndpointName=twin.endpoint_name, ContentType="application/json", Body=json.dumps(CHAT)
    )

    assert answer["InvokedProductionVariant"] == "AllTraffic"
    body = json.loads(answer["Body"].read())
    assert "Paris" in body["choices"][0]["message"]["content"]


def test_invoke_endpoint_in_the_engines_own_form(runtime: Any, twin: Twin) -> None:
    """Text Generation Inference's: a raw prompt, and a list of one answer that begins with it."""
    body = {"inputs": "1, 2, 3, 4,", "parameters": {"max_new_tokens": 4, "do_sample": False}}

    answer = runtime.invoke_endpoint(
        EndpointName=twin.endpoint_name, ContentType="application/json", Body=json.dumps(body)
    )

    [generation] = json.loads(answer["Body"].read())
    assert generation["generated_text"].startswith("1, 2, 3, 4, 5")


def test_invoke_endpoint_with_response_stream(runtime: Any, twin: Twin) -> None:
    answer = runtime.invoke_endpoint_with_response_stream(
        EndpointName=twin.endpoint_name,
        ContentType="application/json",
        Body=json.dumps(CHAT | {"stream": True}),
    )

    parts = [event["PayloadPart"]["Bytes"] for event in answer["Body"]]
    assert answer["ContentType"].startswith("text/event-stream")
    assert len(parts) > 1
    lines = b"".join(parts).decode().split("\n\n")
    chunks = [
        json.loads(line.removeprefix("data:"))
        for line in lines
        if line.startswith("data:") and "[DONE]" not in line
    ]
    pieces = [c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"]]
    assert "Paris" in "".join(pieces)


def test_describe_endpoint(session: boto3.Session, twin: Twin) -> None:
    found = session.client("sagemaker").describe_endpoint(EndpointName=twin.endpoint_name)

    assert found["EndpointStatus"] == "InService"
    assert found["EndpointName"] == twin.endpoint_name


def test_an_unknown_endpoint(runtime: Any, session: boto3.Session) -> None:
    with pytest.raises(ClientError) as e:
        runtime.invoke_endpoint(EndpointName="other", Body=b"{}")
    assert e.value.response["Error"]["Code"] == "ValidationError"

    with pytest.raises(ClientError, match="Could not find endpoint"):
        session.client("sagemaker").describe_endpoint(EndpointName="other")


def test_a_refusal_of_the_model(runtime: Any, twin: Twin) -> None:
    with pytest.raises(runtime.exceptions.ModelError) as e:
        runtime.invoke_endpoint(
            EndpointName=twin.endpoint_name, ContentType="application/json", Body=b'{"messages": 1}'
        )

    assert e.value.response["OriginalStatusCode"] == 422
