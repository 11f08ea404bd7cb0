"""The TGI container: generate, chat and completions, told apart by the body's fields.

Read from TGI 3.3.6: ``router/src/sagemaker.rs`` (which form), ``lib.rs`` (fields and their
types; unknown fields are ignored), ``validation.rs`` (ranges), ``server.rs`` (statuses, and
streams that answer 200 at once and carry what goes wrong as an event).
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from slm.engines import ModelSpec
from slm.errors import EndpointUnavailable, InvalidRequest, ModelOverloaded, SlmError
from slm.gateway.sse import DONE, encode
from slm.limits import CONTAINER_MAX_CONCURRENT_REQUESTS
from slm.local.containers.context_limits import (
    AnswerTooLong,
    ContextLimits,
    PromptTooLong,
)
from slm.local.containers.contract import (
    GENERATE_ROUTE,
    JSON,
    Call,
    Refusal,
    chat_call,
    completions_call,
)
from slm.local.containers.tgi_generate import (
    U32,
    U64,
    GenerateRequest,
    Grammar,
    Parameters,
    generate_call,
)

_FACES: Final[tuple[tuple[type[SlmError], int, str, str], ...]] = (
    (InvalidRequest, 422, "validation", "Input validation error: {}"),
    (ModelOverloaded, 429, "overloaded", "Model is overloaded"),
    (EndpointUnavailable, 503, "healthcheck", "unhealthy"),
    (SlmError, 424, "generation", "Request failed during generation: {}"),
)
"""Failure -> status, error_type and text; the first that fits."""


class _Undecodable(SlmError):
    """TGI's web framework refuses the body before TGI sees it.

    Args:
        message: The text of the answer.
        status: Its status.
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class _StreamOptions(Struct, frozen=True):
    include_usage: bool = False


class ChatRequest(Struct, frozen=True):
    """``ChatRequest`` of TGI, without what TGI takes and does not read: ``n``, ``logit_bias``."""

    messages: list[dict[str, Any]]
    max_tokens: U32 | None = None
    max_completion_tokens: U32 | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: list[str] | None = None
    seed: U64 | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logprobs: bool | None = None
    top_logprobs: U32 | None = None
    response_format: Grammar | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Any = None
    stream: bool = False
    stream_options: _StreamOptions = _StreamOptions()


class CompletionRequest(Struct, frozen=True):
    """``CompletionRequest`` of TGI."""

    prompt: str | list[str]
    max_tokens: U32 | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: list[str] | None = None
    seed: U64 | None = None
    repetition_penalty: float | None = None
    frequency_penalty: float | None = None
    suffix: str | None = None
    stream: bool = False


_Request = GenerateRequest | ChatRequest | CompletionRequest
_FORMS: Final[tuple[type[_Request], ...]] = (GenerateRequest, ChatRequest, CompletionRequest)
"""In the order in which TGI tries them."""


class TgiContract:
    """See ``Contract``.

    Args:
        model: What the container is told about its model.
    """

    headers_after_s: float | None = 0
    max_concurrent_requests: int | None = CONTAINER_MAX_CONCURRENT_REQUESTS

    def __init__(self, model: ModelSpec) -> None:
        self.limits: ContextLimits | None = ContextLimits(
            model.max_input_tokens, model.max_total_tokens
        )

    def read(self, body: bytes) -> Call:
        """See ``Contract.read``."""
        request = _decode(body)
        match request:
            case GenerateRequest():
                return generate_call(request)
            case ChatRequest():
                return _chat_call(request)
            case _:
                return _completions_call(request)

    def refusal(self, error: SlmError) -> Refusal:
        """See ``Contract.refusal``."""
        if isinstance(error, _Undecodable):
            return Refusal(error.status, "text/plain; charset=utf-8", error.message.encode())
        status, kind, text = _face(error)
        return Refusal(status, JSON, msgspec.json.encode({"error": text, "error_type": kind}))

    def error_event(self, error: SlmError, call: Call) -> bytes:
        """See ``Contract.error_event``. The OpenAI forms say 422 whatever it was."""
        _, kind, text = _face(error)
        if call.route == GENERATE_ROUTE:
            return encode(msgspec.json.encode({"error": text, "error_type": kind}))
        fields = {"message": text, "http_status_code": 422}
        return encode(msgspec.json.encode({"error": fields})) + encode(DONE)


def _face(error: SlmError) -> tuple[int, str, str]:
    """Status, error_type and text of a failure."""
    status, kind, text = next(face[1:] for face in _FACES if isinstance(error, face[0]))
    return status, kind, text.format(_words(error))


def _words(error: SlmError) -> str:
    match error:
        case PromptTooLong():
            return (
                f"`inputs` must have less than {error.allowed_tokens} tokens. "
                f"Given: {error.prompt_tokens}"
            )
        case AnswerTooLong():
            return (
                f"`inputs` tokens + `max_new_tokens` must be <= {error.allowed_tokens}. Given: "
                f"{error.prompt_tokens} `inputs` tokens and {error.answer_tokens} `max_new_tokens`"
            )
        case _:
            return error.message


def _decode(body: bytes) -> _Request:
    """The body as the first form that it fits.

    Raises:
        _Undecodable: It is no JSON, or fits none.
    """
    for form in _FORMS:
        try:
            return msgspec.json.decode(body, type=form)
        except msgspec.ValidationError:
            continue
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _Undecodable(
                f"Failed to parse the request body as JSON: {error}", status=400
            ) from None
    raise _Undecodable(
        "Failed to deserialize the JSON body into the target type: data did not match any "
        "variant of untagged enum SagemakerRequest",
        status=422,
    )


def _chat_call(request: ChatRequest) -> Call:
    def make_body() -> dict[str, Any]:
        penalty = request.presence_penalty
        sampling = _sampling(
            request,
            max_new_tokens=request.max_tokens or request.max_completion_tokens,
            # Not a presence penalty at all (``try_into_generate``).
            repetition_penalty=None if penalty is None else penalty + 2,
            grammar=request.response_format,
        )
        body = {
            "messages": _one_answer_last(request.messages),
            "tools": request.tools,
            "tool_choice": request.tool_choice if request.tools else None,
            "logprobs": request.logprobs,
            "top_logprobs": request.top_logprobs,
            "stream_options": msgspec.to_builtins(request.stream_options),
        }
        return sampling | _given(body)

    return chat_call(make_body, stream=request.stream)


def _completions_call(request: CompletionRequest) -> Call:
    def make_body() -> dict[str, Any]:
        if request.suffix is not None:
            raise InvalidRequest("Suffix is not supported and can be put into the prompt.")
        prompts = [request.prompt] if isinstance(request.prompt, str) else request.prompt
        if len(prompts) != 1:
            raise InvalidRequest("`prompt`: llama.cpp, which answers here, takes one at a time")
        sampling = _sampling(
            request,
            max_new_tokens=request.max_tokens,
            repetition_penalty=request.repetition_penalty,
        )
        return sampling | {"prompt": prompts[0]}

    return completions_call(make_body, stream=request.stream)


def _sampling(request: ChatRequest | CompletionRequest, **more: Any) -> dict[str, Any]:
    """The sampling parameters in llama.cpp's words.

    Raises:
        InvalidRequest: TGI would refuse one.
    """
    parameters = Parameters(
        # In OpenAI's forms, 0 means greedy and everything else draws.
        do_sample=request.temperature != 0,
        temperature=request.temperature or None,
        top_p=request.top_p,
        frequency_penalty=request.frequency_penalty,
        stop=request.stop or [],
        seed=request.seed,
        **more,
    )
    parameters.check()
    return parameters.for_llama()


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _one_answer_last(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages, with answers that stand together at the end made one.

    TGI goes on with the last answer, however many there are; llama.cpp refuses a second one.
    """
    *before, last = messages
    while before and before[-1].get("role") == last.get("role") == "assistant":
        text = f"{before[-1].get('content') or ''}{last.get('content') or ''}"
        last = {**before.pop(), "content": text}
    return [*before, last]
