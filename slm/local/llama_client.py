"""llama.cpp's HTTP server as its client sees it: streams, counts, and what went wrong."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import msgspec

from slm.errors import EndpointUnavailable, InvalidRequest, ModelFailed, SlmError
from slm.gateway.http_client import Http, HttpAnswer, HttpClient, Origin
from slm.gateway.http_connection import ConnectFailed, HttpError
from slm.gateway.sse import EventSplitter
from slm.local.containers.context_limits import PromptTooLong
from slm.local.containers.contract import JSON

_CONNECT_TIMEOUT_S: Final = 5
_READ_TIMEOUT_S: Final = 24 * 60 * 60
"""None, in effect: who asks has a limit of its own, and a long queue is silent."""

_PROGRESS: Final = b'"prompt_progress"'
"""Only in events of progress: inside of a text the quotes would be escaped."""

_NOT_READY: Final = "The model is not ready."


class ModelAddress(Protocol):
    """Where llama.cpp is; ``slm.local.model_server.ModelServer`` is one.

    Attributes:
        url: Its base URL; None while it cannot answer.
        api_key: Its bearer token.
    """

    @property
    def url(self) -> str | None: ...

    @property
    def api_key(self) -> str: ...


class LlamaClient:
    """A client of one server.

    All methods raise EndpointUnavailable if it is not there, ModelFailed if the connection
    breaks, InvalidRequest or PromptTooLong if it refuses the request.

    Args:
        model: Where it is.
        http: How it is reached.
    """

    def __init__(self, model: ModelAddress, http: Http | None = None) -> None:
        self._model = model
        self._http = http or HttpClient(
            connect_timeout_s=_CONNECT_TIMEOUT_S,
            read_timeout_s=_READ_TIMEOUT_S,
            # A connection that is kept holds one of llama.cpp's threads, and it may close it at
            # the moment we use it again. A new one costs nothing on loopback.
            max_idle_s=0,
        )

    def check_ready(self) -> str:
        """Its base URL.

        Raises:
            EndpointUnavailable: It cannot answer.
        """
        if self._model.url is None:
            raise EndpointUnavailable(_NOT_READY)
        return self._model.url

    async def stream(self, route: str, body: bytes) -> AsyncGenerator[bytes]:
        """The events of an answer as they come, those that came together at once; closing the
        generator ends the work.

        ``body`` asks for progress (``with_progress``): llama.cpp looks at the connection only
        when it writes, and would compute a whole prompt for a client that has left.
        """
        splitter = EventSplitter()
        async with self._answer(route, body) as answer:
            while chunk := await answer.read():
                events = splitter.feed(chunk)
                if kept := b"".join([event for event in events if _PROGRESS not in event]):
                    yield kept

    async def count_prompt_tokens(self, body: Mapping[str, Any]) -> int:
        """How many tokens the prompt or the messages of a request have."""
        prompt = body.get("prompt")
        if prompt is None:
            prompt = (await self._post("/apply-template", body))["prompt"]
        asked = {"content": prompt, "add_special": True, "parse_special": True}
        return len((await self._post("/tokenize", asked))["tokens"])

    async def _post(self, route: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._answer(route, msgspec.json.encode(body)) as answer:
            return msgspec.json.decode(await _all_of(answer), type=dict[str, Any])

    @asynccontextmanager
    async def _answer(self, route: str, body: bytes) -> AsyncIterator[HttpAnswer]:
        headers = {"authorization": f"Bearer {self._model.api_key}", "content-type": JSON}
        origin = Origin.of(self.check_ready())
        try:
            async with self._http.request(origin, "POST", route, headers, body) as answer:
                if answer.status != 200:
                    raise _refused(answer.status, await _all_of(answer))
                yield answer
        except ConnectFailed:
            raise EndpointUnavailable(_NOT_READY) from None
        except HttpError:
            raise ModelFailed("the model process broke off") from None


async def _all_of(answer: HttpAnswer) -> bytes:
    content = bytearray()
    while piece := await answer.read():
        content += piece
    return bytes(content)


def with_progress(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request that makes llama.cpp write an event after each batch of the prompt."""
    return {**body, "return_progress": True}


def _refused(status: int, body: bytes) -> SlmError:
    """The failure that an error answer stands for."""
    try:
        fields = msgspec.json.decode(body)["error"]
        kind, message = str(fields["type"]), str(fields["message"])
    except (msgspec.MsgspecError, UnicodeDecodeError, LookupError, TypeError):
        return ModelFailed(f"llama.cpp answered {status}")
    if kind == "exceed_context_size_error":
        return PromptTooLong(fields.get("n_prompt_tokens", 0), fields.get("n_ctx", 0))
    if status == 503:
        return EndpointUnavailable(message)
    return InvalidRequest(message) if status < 500 else ModelFailed(message)
