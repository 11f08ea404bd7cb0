"""A model that answers at once, in llama.cpp's protocol, and keeps count itself.

It knows nothing of API keys: each prompt says whose it is, and the counts go by that name. A prompt
is ``NAME PROMPT_TOKENS TOKENS STALL_AFTER``; ``max_tokens`` is the client's own affair.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

NEVER: Final = -1


def prompt(name: str, *, prompt_tokens: int, tokens: int, stall_after: int = NEVER) -> str:
    """What to ask.

    Args:
        name: Whose request it is.
        prompt_tokens: Tokens that this very prompt has, says the model.
        tokens: How many it is to answer.
        stall_after: Where it falls silent and waits for the client to leave.
    """
    return f"{name} {prompt_tokens} {tokens} {stall_after}"


def has_an_event(number: int) -> bool:
    """Whether the token of this number has an event of its own; else it is half of a character."""
    return number % 3 != 1


class CountingModel:
    """The model.

    Attributes:
        app: What serves it.
        prompt_tokens: By name.
        generated_tokens: By name.
        requests: By name.
    """

    def __init__(self) -> None:
        self.app: Final = Starlette(
            routes=[Route("/v1/chat/completions", self._chat, methods=["POST"])]
        )
        self.prompt_tokens: Counter[str] = Counter()
        self.generated_tokens: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()

    async def _chat(self, request: Request) -> StreamingResponse:
        asked = json.loads(await request.body())
        assert asked["stream"] and asked["timings_per_token"]
        name, prompt_tokens, tokens, stall_after = asked["messages"][-1]["content"].split()
        events = self._events(name, int(prompt_tokens), int(tokens), int(stall_after))
        return StreamingResponse(events, media_type="text/event-stream")

    async def _events(
        self, name: str, prompt_tokens: int, tokens: int, stall_after: int
    ) -> AsyncIterator[bytes]:
        self.requests[name] += 1
        self.prompt_tokens[name] += prompt_tokens
        yield _event(choices=[_choice({"role": "assistant", "content": None})])
        for number in range(tokens):
            if number == stall_after:
                await asyncio.Event().wait()
            self.generated_tokens[name] += 1
            # Part of the prompt comes from the cache, as it may.
            timings = {"cache_n": 1, "prompt_n": prompt_tokens - 1, "predicted_n": number + 1}
            if has_an_event(number):
                yield _event(choices=[_choice({"content": " a"})], timings=timings)
        yield _event(choices=[_choice({}, "stop")])
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": tokens}
        yield _event(choices=[], usage=usage)
        yield b"data: [DONE]\n\n"


def _choice(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    return {"finish_reason": reason, "index": 0, "delta": delta}


def _event(**fields: Any) -> bytes:
    common = {"created": 1, "id": "c", "model": "m", "object": "chat.completion.chunk"}
    return b"data: " + json.dumps(common | fields, separators=(",", ":")).encode() + b"\n\n"
