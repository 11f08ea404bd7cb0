"""The seam between the container front and the engine that it stands for."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec

from slm.errors import InvalidRequest, SlmError
from slm.gateway.answers import assemble
from slm.local.containers.context_limits import ContextLimits

JSON: Final = "application/json"

CHAT_ROUTE: Final = "/v1/chat/completions"
COMPLETIONS_ROUTE: Final = "/v1/completions"
GENERATE_ROUTE: Final = "/completion"
"""llama.cpp's routes; the last is its own form, with token ids and the reason of the stop."""


class AnswerForm(Protocol):
    """How an answer of llama.cpp looks to the engine's clients."""

    def stream(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The bytes of a stream, from llama.cpp's."""

    def whole(self, events: list[dict[str, Any]]) -> Any:
        """The JSON of a whole answer, from all events of llama.cpp's stream."""


@dataclass(frozen=True)
class Call:
    """What llama.cpp is asked, always for a stream: that alone ends when we hang up.

    Attributes:
        route: Route of llama.cpp.
        make_body: Gives its request. Raises SlmError for what the engine finds wrong only when
            it begins to work, after a stream's headers.
        stream: Whether the engine's client wants a stream.
        form: How the answer looks.
    """

    route: str
    make_body: Callable[[], dict[str, Any]]
    stream: bool
    form: AnswerForm


@dataclass(frozen=True)
class Refusal:
    """An answer that is an error.

    Attributes:
        status: HTTP status.
        content_type: Media type of the body.
        body: The engine's own words.
    """

    status: int
    content_type: str
    body: bytes


class Contract(Protocol):
    """One engine's container.

    Attributes:
        headers_after_s: A stream's headers are sent after this long, whether llama.cpp has
            answered or not; what goes wrong later is an event. None: not before it answers.
        max_concurrent_requests: Requests held at once; one more is refused. None: no limit.
        limits: Prompts and answers that are longer are refused. None: llama.cpp's own limit.
    """

    headers_after_s: float | None
    max_concurrent_requests: int | None
    limits: ContextLimits | None

    def read(self, body: bytes) -> Call:
        """What to ask llama.cpp for this body of ``/invocations``.

        Raises:
            SlmError: The engine would refuse it.
        """

    def refusal(self, error: SlmError) -> Refusal:
        """The engine's answer for a failure."""

    def error_event(self, error: SlmError, call: Call) -> bytes:
        """The end of a stream that fails after its headers.

        Raises:
            SlmError: The given error: this engine's connection just breaks.
        """


class OpenAiForm:
    """llama.cpp's own chat and text completions: bytes through.

    Args:
        kind: ``object`` of a whole answer: ``chat.completion`` or ``text_completion``.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def stream(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """See ``AnswerForm.stream``."""
        return chunks

    def whole(self, events: list[dict[str, Any]]) -> Any:
        """See ``AnswerForm.whole``."""
        return assemble(events, kind=self._kind)


def decode_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        InvalidRequest: It is none.
    """
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(str(error)) from None


def chat_call(make_body: Callable[[], dict[str, Any]], *, stream: bool) -> Call:
    """A chat completion; the body in llama.cpp's words."""
    return _openai_call(CHAT_ROUTE, "chat.completion", make_body, stream)


def completions_call(make_body: Callable[[], dict[str, Any]], *, stream: bool) -> Call:
    """A text completion; the body in llama.cpp's words."""
    return _openai_call(COMPLETIONS_ROUTE, "text_completion", make_body, stream)


def _openai_call(
    route: str, kind: str, make_body: Callable[[], dict[str, Any]], stream: bool
) -> Call:
    def make() -> dict[str, Any]:
        # A whole answer always counts its tokens, a stream when it is asked to.
        counted = {} if stream else {"stream_options": {"include_usage": True}}
        return make_body() | counted | {"stream": True}

    return Call(route, make, stream, OpenAiForm(kind))
