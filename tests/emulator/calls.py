"""Requests to a deployed API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from slm import stack_outputs
from tests.emulator.project import PATIENCE_S, Emulator

QUESTION: Final = "What is the capital of France?"
ANSWER: Final = "Paris"


@dataclass(frozen=True)
class Api:
    """The API of a deployed stack.

    Attributes:
        base_url: With the stage and a closing slash.
        host: Its own domain, which no name server here knows; empty without one.
        openai_base_url: What OpenAI clients take.
        key: Value of its first key.
        key_id: Its id.
    """

    base_url: str
    host: str
    openai_base_url: str
    key: str
    key_id: str

    def get(self, path: str, **headers: str) -> httpx.Response:
        """``GET`` a path below the stage."""
        return self.send("GET", path, headers=headers)

    def ask(self, question: str = QUESTION, *, key: str | None = None) -> httpx.Response:
        """``POST /invoke`` with a key: the first one, or another."""
        body = {"prompt": question, "parameters": {"max_new_tokens": 16, "temperature": 0}}
        return self.send("POST", "invoke", json=body, headers={"x-api-key": key or self.key})

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request."""
        with self._client() as client:
            return client.request(method, self.base_url + path, **options)

    @contextmanager
    def stream(self, path: str, body: Any) -> Iterator[httpx.Response]:
        """``POST`` with the first key; the answer as it comes."""
        url, headers = self.base_url + path, {"x-api-key": self.key}
        with (
            self._client() as client,
            client.stream("POST", url, json=body, headers=headers) as answer,
        ):
            yield answer

    def _client(self) -> httpx.Client:
        headers = {"host": self.host} if self.host else {}
        return httpx.Client(trust_env=False, timeout=PATIENCE_S, headers=headers)


def api_of(emulator: Emulator, stack_name: str) -> Api:
    """The API of a stack, by the stack's outputs."""
    outputs = emulator.outputs(stack_name)
    key_id = outputs[stack_outputs.API_KEY_ID]
    key = emulator.client("apigateway").get_api_key(apiKey=key_id, includeValue=True)
    shown = httpx.URL(outputs[stack_outputs.API_GATEWAY_URL])
    has_domain = shown.host != httpx.URL(emulator.url).host
    return Api(
        base_url=f"{emulator.url}{shown.path}" if has_domain else str(shown),
        host=shown.host if has_domain else "",
        openai_base_url=outputs[stack_outputs.OPENAI_BASE_URL],
        key=key["value"],
        key_id=key_id,
    )
