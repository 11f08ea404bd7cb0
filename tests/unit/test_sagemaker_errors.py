"""What AWS refuses and containers answer, as the errors a caller sees."""

import json
from typing import Any

import pytest

from slm import errors
from slm.gateway.aws_service import AwsError
from slm.gateway.http_connection import ConnectFailed, ConnectionBroken, ReadTimedOut
from slm.gateway.sagemaker_errors import from_container, from_error_event, translate


def aws_error(code: str, message: str = "words", **more: Any) -> AwsError:
    return AwsError(code, message, {"Message": message, **more})


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (ReadTimedOut(), errors.ModelTimeout),
        (ConnectFailed(), errors.EndpointUnavailable),
        (ConnectionBroken(), errors.ModelFailed),
        (
            aws_error("ValidationError", "Endpoint e of account 1 not found."),
            errors.EndpointUnavailable,
        ),
        (aws_error("ServiceUnavailable"), errors.EndpointUnavailable),
        (aws_error("ModelNotReadyException"), errors.EndpointUnavailable),
        (aws_error("ThrottlingException"), errors.ModelOverloaded),
        (aws_error("InternalFailure"), errors.ModelFailed),
        (aws_error("InternalStreamFailure"), errors.ModelFailed),
        (aws_error("AccessDeniedException"), errors.ModelFailed),
        (aws_error("ModelStreamError", "broke"), errors.ModelFailed),
        (
            aws_error("ModelStreamError", ErrorCode="ModelInvocationTimeExceeded"),
            errors.ModelTimeout,
        ),
        (
            aws_error(
                "ModelError",
                OriginalStatusCode=0,
                OriginalMessage="Your invocation timed out while waiting",
            ),
            errors.ModelTimeout,
        ),
        (
            aws_error("ModelError", OriginalStatusCode=0, OriginalMessage="broke"),
            errors.ModelFailed,
        ),
        (aws_error("ModelStreamError", "Your invocation timed out"), errors.ModelTimeout),
        (
            aws_error("ModelError", "m", OriginalStatusCode=500, OriginalMessage="boom"),
            errors.ModelFailed,
        ),
        (
            aws_error("ModelError", "m", OriginalStatusCode=422, OriginalMessage="bad"),
            errors.InvalidRequest,
        ),
        (
            aws_error("ModelError", "Your invocation timed out while waiting"),
            errors.ModelTimeout,
        ),
    ],
)
def test_translate(raised: Any, expected: type[errors.SlmError]) -> None:
    assert type(translate(raised)) is expected


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        # TGI 3.3.6
        (
            422,
            {
                "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be "
                "<= 4096. Given: 4000 `inputs` tokens and 512 `max_new_tokens`",
                "error_type": "validation",
            },
            errors.ContextLengthExceeded,
        ),
        (429, {"error": "Model is overloaded", "error_type": "overloaded"}, errors.ModelOverloaded),
        (
            424,
            {"error": "Request failed during generation", "error_type": "generation"},
            errors.ModelFailed,
        ),
        # vLLM
        (
            400,
            {
                "error": {
                    "message": "This model's maximum context length is 4096 tokens.",
                    "type": "BadRequestError",
                    "code": 400,
                }
            },
            errors.ContextLengthExceeded,
        ),
        # llama.cpp
        (
            400,
            {
                "error": {
                    "code": 400,
                    "message": "request (5000 tokens) exceeds the available context size "
                    "(4096 tokens)",
                    "type": "exceed_context_size_error",
                }
            },
            errors.ContextLengthExceeded,
        ),
        (
            503,
            {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
            errors.EndpointUnavailable,
        ),
        (400, {"error": {"code": 400, "message": "bad grammar"}}, errors.InvalidRequest),
        (500, "not json", errors.ModelFailed),
        # What a caller wrote is quoted in refusals: it must not decide the class.
        (400, {"error": {"message": "no such ref: #/overloaded"}}, errors.InvalidRequest),
        (500, {"error": {"message": "Failed to parse tools: x"}}, errors.InvalidRequest),
        (404, [1], errors.ModelFailed),
    ],
)
def test_from_container(status: int, body: Any, expected: type[errors.SlmError]) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    assert type(from_container(status, text)) is expected


def test_the_containers_words_are_passed_on_shortened() -> None:
    error = from_container(500, json.dumps({"error": "CUDA error: " + "x" * 10_000}))
    assert "status 500: CUDA error" in error.message
    assert len(error.message) < 600


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"error": "x", "error_type": "validation"}, errors.InvalidRequest),
        ({"error": "x", "error_type": "incomplete_generation"}, errors.ModelFailed),
        (
            {"error": {"message": "Input validation error: x", "http_status_code": 422}},
            errors.InvalidRequest,
        ),
        (
            {"error": {"message": "Model is overloaded", "http_status_code": 422}},
            errors.ModelOverloaded,
        ),
        (
            {"error": {"message": "Request failed during generation", "http_status_code": 422}},
            errors.ModelFailed,
        ),
        ({"error": {"message": "x", "code": 400}}, errors.InvalidRequest),
        ({"error": {"message": "x", "code": None}}, errors.ModelFailed),
        ({"error": {"message": "x"}}, errors.ModelFailed),
    ],
)
def test_from_error_event(event: dict[str, Any], expected: type[errors.SlmError]) -> None:
    assert type(from_error_event(event)) is expected
