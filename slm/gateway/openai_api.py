"""``/v1``: the OpenAI API, whole and streamed; streams go through as bytes."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

import msgspec
from starlette.requests import Request

from slm.engines import Engine
from slm.errors import InvalidRequest, ModelNotFound, ModelTimeout
from slm.gateway.answers import assemble
from slm.gateway.backend import Backend
from slm.gateway.bodies import ChatRequest, CompletionRequest, Message, StreamOptions
from slm.gateway.config import GatewayConfig
from slm.gateway.container_request import OUR_FIELDS, container_request
from slm.gateway.generation import generate, parsed
from slm.gateway.request_log import record_of
from slm.gateway.responses import Answer, JsonResponse
from slm.gateway.sse import data_of, encode
from slm.gateway.streaming import EventStreamResponse
from slm.gateway.validation import read
from slm.limits import WHOLE_ANSWER_TIMEOUT_S

_MAX_SHOWN_CHARS: Final = 80


class OpenAiApi:
    """The routes' handlers."""

    def __init__(self, config: GatewayConfig, engine: Engine, backend: Backend) -> None:
        self._config = config
        self._engine = engine
        self._backend = backend
        self._started = int(time.time())

    async def models(self, request: Request) -> Answer:
        """``GET /v1/models``: the one model, and which weights really answer."""
        return JsonResponse({"object": "list", "data": [self._description()]})

    async def model(self, request: Request) -> Answer:
        """``GET /v1/models/{model}``: the same, by its name or its alias."""
        self._check_model(request.path_params["model"])
        return JsonResponse(self._description())

    def _description(self) -> dict[str, Any]:
        return {
            "id": self._config.served_model_name,
            "object": "model",
            "created": self._started,
            "owned_by": "slm_sagemaker",
            "weights": self._config.weights,
            "engine": self._engine.name,
            "max_model_len": self._config.max_total_tokens,
        }

    async def chat_completions(self, request: Request) -> Answer:
        """``POST /v1/chat/completions``."""
        asked = await read(request, ChatRequest)
        values = _values(asked)
        values["max_tokens"] = _max_tokens(asked)
        values["messages"] = [_message(message) for message in asked.messages]
        if asked.top_logprobs and not asked.logprobs:
            raise InvalidRequest(
                "top_logprobs: only with logprobs = true.",
                param="top_logprobs",
                code="invalid_value",
            )
        return await self._answer(
            request, asked, values, form=self._engine.chat_fields, kind="chat.completion"
        )

    async def completions(self, request: Request) -> Answer:
        """``POST /v1/completions``."""
        asked = await read(request, CompletionRequest)
        if self._engine.completion_fields is None:
            raise InvalidRequest(
                f"Engine {self._engine.name} has chat completions only: "
                "use POST /v1/chat/completions, or deploy another engine.",
                code="unsupported_route",
            )
        values = _values(asked)
        if isinstance(asked.prompt, list):
            values["prompt"] = asked.prompt[0]
        return await self._answer(
            request,
            asked,
            values,
            form=self._engine.completion_fields,
            kind="text_completion",
        )

    async def _answer(
        self,
        request: Request,
        asked: ChatRequest | CompletionRequest,
        values: Mapping[str, Any],
        *,
        form: Mapping[str, str],
        kind: str,
    ) -> Answer:
        self._check_model(asked.model)
        wants_usage = _wants_usage(asked)
        body = container_request(self._engine, form, values)
        record = record_of(request.scope)
        record.stream = bool(asked.stream)
        batches = generate(self._backend, self._engine, body, record)
        if asked.stream:
            return EventStreamResponse(batches if wants_usage else _without_usage(batches))
        try:
            async with asyncio.timeout(WHOLE_ANSWER_TIMEOUT_S):
                chunks = [chunk async for some in parsed(batches) for chunk in some]
        except TimeoutError:
            raise ModelTimeout(
                f"The answer took longer than {WHOLE_ANSWER_TIMEOUT_S} s. "
                'Set max_tokens, or ask for a stream ("stream": true).'
            ) from None
        return JsonResponse(assemble(chunks, kind=kind))

    def _check_model(self, name: str | None) -> None:
        served = self._config.served_model_name
        if name is not None and name not in {served, self._config.hf_model_id}:
            raise ModelNotFound(
                f"model: there is no model {name[:_MAX_SHOWN_CHARS]!r} here. "
                f"Ask for {served!r}; in a body the field may be left out.",
                param="model",
            )


def _values(asked: ChatRequest | CompletionRequest) -> dict[str, Any]:
    """The fields for the engine, by name; those without a value are None."""
    fields: dict[str, Any] = msgspec.to_builtins(asked)
    return {name: value for name, value in fields.items() if name not in OUR_FIELDS}


def _max_tokens(asked: ChatRequest) -> int | None:
    """``max_completion_tokens`` is the newer name of ``max_tokens``."""
    old, new = asked.max_tokens, asked.max_completion_tokens
    if old is not None and new is not None:
        raise InvalidRequest(
            "max_completion_tokens: max_tokens is given too. Send one of the two.",
            param="max_completion_tokens",
            code="invalid_value",
        )
    return old if new is None else new


def _message(message: Message) -> dict[str, Any]:
    """A message as engines take it: ``developer`` is OpenAI's newer name of ``system``."""
    fields: dict[str, Any] = msgspec.to_builtins(message)
    if message.role == "developer":
        fields["role"] = "system"
    if message.role == "assistant" and message.tool_calls and not message.content:
        fields.pop("content", None)  # TGI drops the calls of a message that has content, even ""
    else:
        fields.setdefault("content", "")
    return {name: value for name, value in fields.items() if name != "annotations"}


def _wants_usage(asked: ChatRequest | CompletionRequest) -> bool:
    options: StreamOptions | None = asked.stream_options
    if options is None:
        return False
    if not asked.stream:
        raise InvalidRequest(
            "stream_options: only with stream = true.", param="stream_options", code="invalid_value"
        )
    return bool(options.include_usage)


async def _without_usage(
    batches: AsyncGenerator[list[bytes], None],
) -> AsyncGenerator[list[bytes], None]:
    """The events without the token counts, which the client did not ask for."""
    async with aclosing(batches) as stream:
        async for events in stream:
            if kept := list(filter(None, map(_uncounted, events))):
                yield kept


def _uncounted(event: bytes) -> bytes:
    """The event without token counts; empty if it has nothing else."""
    if b'"usage"' not in event or b'"usage":null' in event:
        return event  # vLLM and TGI send "usage": null in every chunk
    chunk = msgspec.json.decode(data_of(event))
    if not chunk.get("usage"):
        return event
    return encode(msgspec.json.encode(chunk | {"usage": None})) if chunk.get("choices") else b""
