"""What AWS refuses and what a container answers, as our own errors.

SageMaker wraps a container's answer in ``ModelError``; a stream that has begun fails
with an exception event, or with an error event in the engine's own form.
"""

import json
import re
from typing import Any, Final

from slm.errors import (
    ContextLengthExceeded,
    EndpointUnavailable,
    InvalidRequest,
    ModelFailed,
    ModelOverloaded,
    ModelTimeout,
    SlmError,
)
from slm.gateway.aws_service import AwsError
from slm.gateway.http_connection import ConnectFailed, HttpError, ReadTimedOut

_MAX_MESSAGE_CHARS: Final = 500

_NOT_RUNNING: Final = (
    "The endpoint does not exist: it is stopped or was never created. "
    "GET /health tells its state; whoever runs this API can start it."
)

_CONTEXT_LENGTH: Final = re.compile(
    # llama.cpp | vLLM | TGI (inputs + max_new_tokens, inputs alone); see docs/engines.md
    r"exceed_context_size|exceeds the available context"
    r"|maximum context length|context length is only|cannot be greater than max_model_len"
    r"|`inputs` tokens \+ `max_new_tokens` must be|`inputs` must have less than",
    re.IGNORECASE,
)

_INVALID: Final = re.compile(
    # llama.cpp answers 500 to a tool or schema that it cannot make a grammar of.
    r"failed to parse (tools|messages|grammar)|failed to initialize samplers"
    r"|JSON schema conversion failed|error parsing grammar",
    re.IGNORECASE,
)

_TGI_STATUS: Final = {
    "Input validation error": 422,
    "Tool error": 422,
    "Template error": 422,
    "Missing template": 422,
    "Model is overloaded": 429,
}
"""TGI's error events say 422 whatever happened; only the start of the message tells."""

_TIMED_OUT: Final = re.compile(r"timed out|ModelInvocationTimeExceeded", re.IGNORECASE)


_TGI_STATUS_OF_TYPE: Final = {"validation": 422, "overloaded": 429}


def translate(error: AwsError | HttpError) -> SlmError:
    """The error that a caller should see for a call of SageMaker that failed."""
    match error:
        case AwsError():
            return _from_aws_error(error)
        case ReadTimedOut():
            return ModelTimeout("The model sent nothing for too long.")
        case ConnectFailed():
            return EndpointUnavailable("The SageMaker runtime cannot be reached.")
        case _:
            return ModelFailed("The connection to the model broke.")


def _from_aws_error(error: AwsError) -> SlmError:
    code, message = error.code, _shorten(error.message)
    status = error.fields.get("OriginalStatusCode")
    match code:
        case "ModelError" if status:
            return from_container(int(status), str(error.fields.get("OriginalMessage") or message))
        case "ModelError" | "ModelStreamError" if _TIMED_OUT.search(f"{message} {error.fields}"):
            return ModelTimeout("The model took longer than SageMaker waits.")
        case "ModelError" | "ModelStreamError" | "InternalStreamFailure" | "InternalFailure":
            return ModelFailed(f"The model's answer broke off: {message or code}")
        case "ValidationError" if "not found" in message:
            return EndpointUnavailable(_NOT_RUNNING)
        case "ThrottlingException":
            return ModelOverloaded("SageMaker throttles this account's requests.")
        case "ServiceUnavailable" | "ModelNotReadyException" | "ValidationError":
            return EndpointUnavailable(f"The endpoint cannot answer now: {message}")
        case _:
            return ModelFailed(f"SageMaker refused the call ({code}): {message}")


def from_container(status: int, text: str) -> SlmError:
    """The error for a container's answer.

    Args:
        status: HTTP status the container gave, or would have given.
        text: Its body: the engine's own JSON, or anything.
    """
    message = _shorten(_message_in(text))
    if status == 429:
        return ModelOverloaded("The model has all the requests it can hold. Retry in a moment.")
    if status in {400, 413, 422} and _CONTEXT_LENGTH.search(text):
        return ContextLengthExceeded(f"Prompt and answer do not fit the model: {message}")
    if status in {400, 413, 422} or _INVALID.search(text):
        return InvalidRequest(f"The model refused the request: {message}")
    if status == 503:
        return EndpointUnavailable(
            f"The model cannot answer now ({message.rstrip('.')}). Try again in a moment."
        )
    return ModelFailed(f"The model failed with status {status}: {message}")


def from_error_event(event: dict[str, Any]) -> SlmError:
    """The error for an event ``{"error": ...}`` in a stream, in any engine's form.

    vLLM and llama.cpp give a ``code``. TGI gives ``http_status_code`` (always 422) or an
    ``error_type``, and its message decides.
    """
    details = event["error"]
    message = _message_in(json.dumps(event))
    if isinstance(details, dict) and isinstance(details.get("code"), int):
        status = details["code"]
    elif event.get("error_type") in _TGI_STATUS_OF_TYPE:
        status = _TGI_STATUS_OF_TYPE[event["error_type"]]
    else:
        status = next((s for start, s in _TGI_STATUS.items() if message.startswith(start)), 500)
    return from_container(status, json.dumps(event))


def _message_in(text: str) -> str:
    """The words in an engine's error body; the body itself if it has another form."""
    try:
        body = json.loads(text)
    except ValueError:
        return text
    found = body.get("error", body.get("message", text)) if isinstance(body, dict) else text
    if isinstance(found, dict):
        found = found.get("message", text)
    return str(found)


def _shorten(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MAX_MESSAGE_CHARS else flat[: _MAX_MESSAGE_CHARS - 1] + "…"
