"""Real boto3 against the local SageMaker with a real model: what it decodes, what it raises,
and what is left running when it hangs up.
"""

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError, EventStreamError

from slm.engines import ENGINES, LLAMA_CPP, TGI, VLLM, Engine
from slm.local.model_server import ModelServer
from slm.local.models import find_model
from tests.integration.conftest import PATIENCE_S, LoopThread
from tests.integration.local_sagemaker import (
    ENDPOINT,
    SERVED_NAME,
    LocalSageMaker,
    local_sagemaker,
)

CAPITAL = {
    "messages": [{"role": "user", "content": "What is the capital of France?"}],
    "temperature": 0,
    "max_tokens": 30,
}
LONG_STORY = {
    "messages": [{"role": "user", "content": "Count from one to one thousand."}],
    "max_tokens": 1500,
    "stream": True,
}
TOO_LONG = {"messages": [{"role": "user", "content": "word " * 3000}], "max_tokens": 5}
CONTEXT_WORDS = {
    "tgi": "`inputs` tokens + `max_new_tokens` must be <= 2048",
    "vllm": "maximum context length is 2048 tokens",
    "llama.cpp": "exceed_context_size_error",
}


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]


@pytest.fixture(scope="module")
def sagemaker(
    loop_thread: LoopThread, model_server: ModelServer, engine: Engine
) -> Iterator[LocalSageMaker]:
    with local_sagemaker(loop_thread, model_server, engine) as running:
        yield running


@pytest.fixture(scope="module")
def tgi(loop_thread: LoopThread, model_server: ModelServer) -> Iterator[LocalSageMaker]:
    with local_sagemaker(loop_thread, model_server, TGI) as running:
        yield running


def invoke(sagemaker: LocalSageMaker, body: dict[str, Any], **options: Any) -> Any:
    """The JSON of a whole answer."""
    answer = sagemaker.runtime.invoke_endpoint(
        EndpointName=ENDPOINT, Body=json.dumps(body), ContentType="application/json", **options
    )
    return json.loads(answer["Body"].read())


def open_stream(sagemaker: LocalSageMaker, body: dict[str, Any]) -> Any:
    """The event stream of a streamed answer."""
    answer = sagemaker.runtime.invoke_endpoint_with_response_stream(
        EndpointName=ENDPOINT, Body=json.dumps(body), ContentType="application/json"
    )
    assert answer["ContentType"] == "text/event-stream"
    return answer["Body"]


def parts(events: Any) -> Iterator[bytes]:
    for event in events:
        yield event["PayloadPart"]["Bytes"]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def test_a_whole_answer(sagemaker: LocalSageMaker) -> None:
    answer = invoke(sagemaker, CAPITAL, CustomAttributes="trace=1", InferenceId="7")
    assert "Paris" in answer["choices"][0]["message"]["content"]
    assert answer["usage"]["completion_tokens"] > 0
    assert answer["model"] == SERVED_NAME


def test_a_streamed_answer_comes_in_many_parts(sagemaker: LocalSageMaker) -> None:
    counted = CAPITAL | {"stream": True, "stream_options": {"include_usage": True}}
    came = list(parts(open_stream(sagemaker, counted)))
    events = b"".join(came).decode().strip().split("\n\n")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-1]]
    text = "".join(c["delta"].get("content") or "" for n in chunks for c in n["choices"])
    assert "Paris" in text
    assert events[-1] == "data: [DONE]"
    assert chunks[-1]["usage"]["completion_tokens"] > 0
    assert len(came) > 1


def test_a_prompt_over_the_context_is_the_engines_own_error(
    sagemaker: LocalSageMaker, engine: Engine
) -> None:
    runtime = sagemaker.runtime
    with pytest.raises(runtime.exceptions.ModelError) as caught:
        runtime.invoke_endpoint(EndpointName=ENDPOINT, Body=json.dumps(TOO_LONG))
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert response["OriginalStatusCode"] == (422 if engine is TGI else 400)
    assert CONTEXT_WORDS[engine.name] in response["OriginalMessage"]
    assert response["LogStreamArn"].endswith(f":log-group:/aws/sagemaker/Endpoints/{ENDPOINT}")
    assert response["Error"]["Code"] == "ModelError"


def test_the_same_error_in_a_stream(sagemaker: LocalSageMaker, engine: Engine) -> None:
    asked = TOO_LONG | {"stream": True}
    if engine is TGI:  # which has sent its headers by then
        assert CONTEXT_WORDS["tgi"] in b"".join(parts(open_stream(sagemaker, asked))).decode()
        return
    with pytest.raises(ClientError) as caught:
        open_stream(sagemaker, asked)
    assert CONTEXT_WORDS[engine.name] in str(caught.value.response)


@pytest.mark.parametrize("body", [CAPITAL, {"prompt": "Hi", "temperature": 0}])
def test_an_answer_that_cannot_fit_is_refused(tgi: LocalSageMaker, body: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match=r"`max_new_tokens` must be <= 2048\. Given"):
        invoke(tgi, body | {"max_tokens": 2048})
    fits = body | {"max_tokens": 2000, "stop": [".", " ", "a", "e"]}
    assert invoke(tgi, fits)["choices"]


def test_the_endpoint_is_described_as_in_service(tgi: LocalSageMaker) -> None:
    control = tgi.control
    control.get_waiter("endpoint_in_service").wait(EndpointName=ENDPOINT)
    answer = control.describe_endpoint(EndpointName=ENDPOINT)
    assert answer["EndpointStatus"] == "InService"
    assert answer["ProductionVariants"][0]["VariantName"] == "AllTraffic"
    assert answer["CreationTime"] <= answer["LastModifiedTime"]


def test_an_endpoint_that_does_not_exist(tgi: LocalSageMaker) -> None:
    runtime = tgi.runtime
    with pytest.raises(runtime.exceptions.ValidationError, match="Endpoint other of account"):
        runtime.invoke_endpoint(EndpointName="other", Body=b"{}")
    with pytest.raises(ClientError, match="Could not find endpoint"):
        tgi.control.describe_endpoint(EndpointName="other")


def test_tgis_own_form_whole(tgi: LocalSageMaker) -> None:
    parameters = {"max_new_tokens": 4, "details": True, "return_full_text": False}
    (answer,) = invoke(tgi, {"inputs": "The capital of France is", "parameters": parameters})
    assert "Paris" in answer["generated_text"]
    assert answer["details"]["finish_reason"] == "length"
    assert answer["details"]["generated_tokens"] == len(answer["details"]["tokens"]) == 4


def test_tgis_own_form_streamed(tgi: LocalSageMaker) -> None:
    parameters = {"max_new_tokens": 9, "details": True, "stop": ["."]}
    body = {"inputs": "The capital of France is", "parameters": parameters, "stream": True}
    events = b"".join(parts(open_stream(tgi, body))).decode().strip().split("\n\n")
    tokens = [json.loads(event.removeprefix("data:")) for event in events]
    assert "".join(token["token"]["text"] for token in tokens) == " Paris."
    assert tokens[-1]["generated_text"] == "The capital of France is Paris."
    assert tokens[-1]["details"]["finish_reason"] == "stop_sequence"


def test_completions(loop_thread: LoopThread, model_server: ModelServer) -> None:
    body = {"prompt": "The capital of France is", "temperature": 0, "max_tokens": 4}
    for engine in (TGI, VLLM):
        with local_sagemaker(loop_thread, model_server, engine) as sagemaker:
            answer = invoke(sagemaker, body)
        assert answer["object"] == "text_completion"
        assert "Paris" in answer["choices"][0]["text"]


def test_a_schema_is_kept_to_in_the_form_of_each_engine(
    sagemaker: LocalSageMaker, engine: Engine
) -> None:
    schema = {
        "type": "object",
        "properties": {"nonce": {"type": "string", "enum": ["nonce-4711"]}},
        "required": ["nonce"],
    }
    key = "value" if engine is TGI else "json_schema"
    asked = {"type": "json_schema", key: {"name": "n", "schema": schema}}
    answer = invoke(sagemaker, CAPITAL | {"response_format": asked})
    assert json.loads(answer["choices"][0]["message"]["content"]) == {"nonce": "nonce-4711"}


def test_answers_at_the_same_time_do_not_mix(tgi: LocalSageMaker) -> None:
    def ask(number: int) -> tuple[int, str]:
        schema = {"type": "object", "properties": {"n": {"type": "integer", "enum": [number]}}}
        schema["required"] = ["n"]
        asked = {"type": "json_schema", "value": {"schema": schema}}
        answer = invoke(tgi, CAPITAL | {"response_format": asked})
        return number, answer["choices"][0]["message"]["content"]

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(1000, 1016)))
    assert all(json.loads(text) == {"n": number} for number, text in answers)


def test_clients_that_hang_up_leave_no_work_behind(sagemaker: LocalSageMaker) -> None:
    def hang_up(_: int) -> int:
        events = open_stream(sagemaker, LONG_STORY)
        came = sum(1 for _ in islice(parts(events), 3))
        events.close()
        return came

    with ThreadPoolExecutor(40) as pool:
        # A model may end its story early; each has had something of it.
        assert all(pool.map(hang_up, range(40)))
    wait_until(lambda: sagemaker.busy_slots() == 0)
    assert "Paris" in str(invoke(sagemaker, CAPITAL))


@pytest.mark.parametrize("operation", ["invocations", "invocations-response-stream"])
def test_a_whole_answer_that_nobody_waits_for_ends(tgi: LocalSageMaker, operation: str) -> None:
    address = urlsplit(tgi.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, PATIENCE_S)
    connection.request(
        "POST",
        f"/endpoints/{ENDPOINT}/{operation}",
        json.dumps(LONG_STORY | {"stream": False}),
        {"authorization": "AWS4-HMAC-SHA256 x"},
    )
    wait_until(lambda: tgi.busy_slots() == 1)
    connection.close()
    wait_until(lambda: tgi.busy_slots() == 0)


@pytest.mark.parametrize("engine_name", [TGI.name, LLAMA_CPP.name])
def test_a_model_that_is_killed_ends_the_stream_and_comes_back(
    engine_name: str, loop_thread: LoopThread, tmp_path: Path
) -> None:
    restarted = threading.Event()
    server = ModelServer(
        find_model(None),
        alias=SERVED_NAME,
        log_file=tmp_path / "log",
        slots=1,
        context_tokens=2048,
    )
    loop_thread.run(server.start())
    supervising = loop_thread.submit(
        server.supervise(lambda event: restarted.set() if event.kind == "restarted" else None)
    )
    try:
        with local_sagemaker(loop_thread, server, ENGINES[engine_name]) as sagemaker:
            came = parts(open_stream(sagemaker, LONG_STORY))
            assert next(came)
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            if engine_name == TGI.name:
                assert b"Request failed during generation" in list(came)[-1]
            else:
                with pytest.raises(EventStreamError) as caught:
                    list(came)
                # boto3 drops the event's own ErrorCode, which the unit tests read.
                assert caught.value.response["Error"]["Code"] == "ModelStreamError"
            assert restarted.wait(PATIENCE_S)
            assert "Paris" in str(invoke(sagemaker, CAPITAL))
    finally:
        loop_thread.run(server.stop())
        supervising.result(PATIENCE_S)
