"""The vLLM container: chat and text completions, told apart by the body's fields.

Read from vllm/entrypoints/sagemaker/api_router.py and .../openai (0.11 and later).
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from slm.engines import LLAMA_CPP, VLLM, ModelSpec
from slm.errors import (
    EndpointUnavailable,
    InvalidRequest,
    ModelNotFound,
    SlmError,
)
from slm.local.containers.context_limits import (
    AnswerTooLong,
    ContextLimits,
    PromptTooLong,
)
from slm.local.containers.contract import (
    JSON,
    Call,
    Refusal,
    chat_call,
    completions_call,
    decode_object,
)

_REFUSED_WITHIN_S: Final = 1.0
"""vLLM checks a request, then sends a stream's headers, then computes. llama.cpp checks when
a slot takes the request: at once, or after this while if all are busy."""

_FACES: Final[tuple[tuple[type[SlmError], int, str], ...]] = (
    (InvalidRequest, 400, "BadRequestError"),
    (ModelNotFound, 404, "NotFoundError"),
    (EndpointUnavailable, 503, "ServiceUnavailableError"),
    (SlmError, 500, "InternalServerError"),
)
"""Failure -> status and type; the first that fits."""

_LLAMA_NAMES: Final = {"repetition_penalty": "repeat_penalty"}
"""vLLM's name -> llama.cpp's, where they differ."""

_NOT_HERE: Final = ("echo", "logprobs")
"""Fields of completions that vLLM honours; llama.cpp does not, or answers in chat's form."""

_NO_HANDLER: Final = (
    "Cannot find suitable handler for request. "
    "Expected one of: ['ChatCompletionRequest', 'CompletionRequest']"
)


class VllmContract:
    """See ``Contract``.

    Args:
        model: What the container is told about its model.
    """

    headers_after_s: float | None = _REFUSED_WITHIN_S
    max_concurrent_requests: int | None = None

    def __init__(self, model: ModelSpec) -> None:
        self._served_model_name = model.served_model_name
        # One limit for both: --max-model-len.
        limit = model.max_total_tokens
        self.limits: ContextLimits | None = ContextLimits(limit, limit)

    def read(self, body: bytes) -> Call:
        """See ``Contract.read``."""
        request = decode_object(body)
        model = request.get("model")
        stream = bool(request.get("stream"))
        if model is not None and model != self._served_model_name:
            raise ModelNotFound(f"The model `{model}` does not exist.", param="model")
        if isinstance(request.get("messages"), list):
            chat = _honoured(request, VLLM.chat_fields)
            return chat_call(lambda: chat, stream=stream)
        if "prompt" in request and VLLM.completion_fields is not None:
            for name in _NOT_HERE:
                if request.get(name):
                    raise InvalidRequest(
                        f"{name}: llama.cpp, which answers here, cannot do this.", param=name
                    )
            completion = _honoured(request, VLLM.completion_fields)
            return completions_call(lambda: completion, stream=stream)
        raise InvalidRequest(_NO_HANDLER)

    def refusal(self, error: SlmError) -> Refusal:
        """See ``Contract.refusal``."""
        status, fields = _error_fields(error)
        return Refusal(status, JSON, msgspec.json.encode({"error": fields}))

    def error_event(self, error: SlmError, call: Call) -> bytes:
        """See ``Contract.error_event``."""
        _, fields = _error_fields(error)
        return b"data: " + msgspec.json.encode({"error": fields}) + b"\n\ndata: [DONE]\n\n"


def _honoured(request: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """What vLLM reads of a request, in llama.cpp's words; it ignores the rest, and nulls.

    What llama.cpp takes amiss asks for nothing in vLLM either.
    """
    return {
        _LLAMA_NAMES.get(name, name): value
        for name, value in request.items()
        if value is not None and name in fields.values() and value != LLAMA_CPP.omit_at.get(name)
    }


def _error_fields(error: SlmError) -> tuple[int, dict[str, Any]]:
    status, kind = next(face[1:] for face in _FACES if isinstance(error, face[0]))
    fields = {"message": _words(error), "type": kind, "param": error.param, "code": status}
    return status, fields


def _words(error: SlmError) -> str:
    match error:
        case PromptTooLong():
            asked = f"your request has {error.prompt_tokens} input tokens."
        case AnswerTooLong():
            asked = (
                f"you requested {error.answer_tokens} output tokens and your prompt contains "
                f"{error.prompt_tokens} input tokens."
            )
        case _:
            return error.message
    return (
        f"This model's maximum context length is {error.allowed_tokens} tokens. However, {asked} "
        "Please reduce the length of the input or the number of requested output tokens."
    )
