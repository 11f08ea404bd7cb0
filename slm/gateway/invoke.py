"""``POST /invoke``: a prompt in, a text out, with TGI's names."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from typing import Any, Final

import msgspec
from msgspec import UNSET
from starlette.requests import Request

from slm.engines import Engine
from slm.errors import InvalidRequest, ModelTimeout
from slm.gateway.backend import Backend
from slm.gateway.bodies import InvokeAnswer, InvokeDetails, InvokeParameters, InvokeRequest
from slm.gateway.container_request import asks_nothing, container_request
from slm.gateway.generation import generate, parsed
from slm.gateway.request_log import RequestRecord, record_of
from slm.gateway.responses import Answer, JsonResponse
from slm.gateway.sse import encode
from slm.gateway.streaming import EventStreamResponse
from slm.gateway.validation import read
from slm.limits import WHOLE_ANSWER_TIMEOUT_S

_REQUEST_FIELDS: Final = {"max_new_tokens": "max_tokens"}
"""Parameters that ``/v1`` calls otherwise; the other names are the same."""

_OPTIONAL: Final = (
    "top_k",
    "stop",
    "seed",
    "repetition_penalty",
    "frequency_penalty",
    "presence_penalty",
)
"""Parameters without a default: which of them work depends on the engine."""


class InvokeRoute:
    """The route's handler."""

    def __init__(self, engine: Engine, backend: Backend) -> None:
        self._engine = engine
        self._backend = backend

    async def __call__(self, request: Request) -> Answer:
        """Answer whole, or as a stream if the body asks for one."""
        asked = await read(request, InvokeRequest)
        parameters = _as_used(asked.parameters)
        record = record_of(request.scope)
        record.stream = asked.stream
        batches = generate(
            self._backend, self._engine, self._container_body(asked, parameters), record
        )
        echoed = {"prompt": asked.prompt, "parameters": parameters}
        if asked.stream:
            return EventStreamResponse(_stream(batches, echoed, record))
        pieces: list[str] = []
        finish_reason = ""
        try:
            async with asyncio.timeout(WHOLE_ANSWER_TIMEOUT_S):
                async for chunks in parsed(batches):
                    for text, reason in _texts(chunks):
                        pieces.append(text)
                        finish_reason = reason or finish_reason
        except TimeoutError:
            raise ModelTimeout(
                f"The answer took longer than {WHOLE_ANSWER_TIMEOUT_S} s. "
                'Ask for fewer tokens, or for a stream ("stream": true).'
            ) from None
        return JsonResponse(_answer(pieces, finish_reason, echoed, record))

    def _container_body(self, asked: InvokeRequest, parameters: dict[str, Any]) -> dict[str, Any]:
        values = {_REQUEST_FIELDS.get(n, n): v for n, v in parameters.items() if n != "do_sample"}
        if not parameters["do_sample"]:
            values["temperature"] = 0
        form: Mapping[str, str] | None
        if asked.apply_chat_template:
            values["messages"] = [{"role": "user", "content": asked.prompt}]
            form = self._engine.chat_fields
        else:
            values["prompt"] = asked.prompt
            form = self._engine.completion_fields
        if form is None:
            raise InvalidRequest(
                f"apply_chat_template: engine {self._engine.name} takes no raw prompts. "
                "Leave the field out, or deploy another engine.",
                param="apply_chat_template",
                code="unsupported_parameter",
            )
        self._check_honoured(parameters, form)
        return container_request(self._engine, form, values)

    def _check_honoured(self, parameters: dict[str, Any], form: Mapping[str, str]) -> None:
        """Refuse here what the engine cannot honour, in this route's own words.

        Raises:
            InvalidRequest: The engine cannot honour a parameter.
        """
        honoured = ", ".join(name for name in _OPTIONAL if name in form)
        for name in _OPTIONAL:
            if name in parameters and name not in form and not asks_nothing(name, parameters[name]):
                raise InvalidRequest(
                    f"parameters.{name}: engine {self._engine.name} cannot honour this here. "
                    "Leave it out, or deploy another engine. "
                    f"Of the optional parameters it honours: {honoured}.",
                    param=f"parameters.{name}",
                    code="unsupported_parameter",
                )


def _as_used(given: InvokeParameters) -> dict[str, Any]:
    """The parameters with every default resolved, as the answer reports them."""
    if given.do_sample is True and given.temperature == 0:
        raise InvalidRequest(
            "parameters.do_sample: true, but temperature is 0, which is greedy. "
            "Leave do_sample out, or set a temperature above 0.",
            param="parameters.do_sample",
            code="invalid_value",
        )
    used = {
        name: value for name, value in msgspec.structs.asdict(given).items() if value is not UNSET
    }
    used["do_sample"] = given.temperature > 0 if given.do_sample is UNSET else given.do_sample
    return used


def _texts(chunks: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each choice's text and finish reason, either of which may be empty."""
    for chunk in chunks:
        for choice in chunk.get("choices", ()):
            text = choice.get("text") or (choice.get("delta") or {}).get("content") or ""
            yield text, choice.get("finish_reason") or ""


async def _stream(
    batches: AsyncGenerator[list[bytes], None], echoed: dict[str, Any], record: RequestRecord
) -> AsyncGenerator[list[bytes], None]:
    pieces: list[str] = []
    finish_reason = ""
    async with aclosing(parsed(batches)) as stream:
        async for chunks in stream:
            events = []
            for text, reason in _texts(chunks):
                finish_reason = reason or finish_reason
                if text:
                    pieces.append(text)
                    events.append(encode(msgspec.json.encode({"token": {"text": text}})))
            if events:
                yield events
    yield [encode(msgspec.json.encode(_answer(pieces, finish_reason, echoed, record)))]


def _answer(
    pieces: list[str], finish_reason: str, echoed: dict[str, Any], record: RequestRecord
) -> InvokeAnswer:
    return InvokeAnswer(
        generated_text="".join(pieces),
        details=InvokeDetails(
            finish_reason=finish_reason,
            prompt_tokens=record.prompt_tokens,
            generated_tokens=record.generated_tokens,
        ),
        **echoed,
    )
