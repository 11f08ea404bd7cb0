"""llama.cpp's HTTP server as its client sees it: streams, counts, and what went wrong."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

import httpx
import msgspec

from slm.errors import EndpointUnavailable, InvalidRequest, ModelFailed, SlmError
from slm.gateway.sse import EventSplitter
from slm.local.containers.context_limits import PromptTooLong
from slm.local.containers.contract import JSON

_CONNECT_TIMEOUT_S: Final = 5
_MAX_CONNECTIONS: Final = 256

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
        transport: How it is reached; for tests.
    """

    def __init__(
        self, model: ModelAddress, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._model = model
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(None, connect=_CONNECT_TIMEOUT_S),
            # A connection that is kept holds one of llama.cpp's threads, and it may close it at
            # the moment we use it again. A new one costs nothing on loopback.
            limits=httpx.Limits(max_connections=_MAX_CONNECTIONS, max_keepalive_connections=0),
            trust_env=False,  # a proxy must not see what stays on this machine
        )

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    def check_ready(self) -> str:
        """Its base URL.

        Raises:
            EndpointUnavailable: It cannot answer.
        """
        if self._model.url is None:
            raise EndpointUnavailable(_NOT_READY)
        return self._model.url

    async def stream(self, route: str, body: bytes) -> AsyncGenerator[bytes]:
        """The events of an answer as they come; closing the generator ends the work.

        ``body`` asks for progress (``with_progress``): llama.cpp looks at the connection only
        when it writes, and would compute a whole prompt for a client that has left.
        """
        splitter = EventSplitter()
        async with self._answer(route, body) as response:
            async for chunk in response.aiter_raw():
                for event in splitter.feed(chunk):
                    if _PROGRESS not in event:
                        yield event

    async def count_prompt_tokens(self, body: Mapping[str, Any]) -> int:
        """How many tokens the prompt or the messages of a request have."""
        prompt = body.get("prompt")
        if prompt is None:
            prompt = (await self._post("/apply-template", body))["prompt"]
        asked = {"content": prompt, "add_special": True, "parse_special": True}
        return len((await self._post("/tokenize", asked))["tokens"])

    async def _post(self, route: str, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self._answer(route, msgspec.json.encode(body)) as response:
            return msgspec.json.decode(await response.aread(), type=dict[str, Any])

    @asynccontextmanager
    async def _answer(self, route: str, body: bytes) -> AsyncIterator[httpx.Response]:
        headers = {"authorization": f"Bearer {self._model.api_key}", "content-type": JSON}
        url = f"{self.check_ready()}{route}"
        try:
            async with self._client.stream("POST", url, content=body, headers=headers) as response:
                if response.status_code != 200:
                    raise _refused(response.status_code, await response.aread())
                yield response
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise EndpointUnavailable(_NOT_READY) from None
        except httpx.TransportError:
            raise ModelFailed("the model process broke off") from None


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
