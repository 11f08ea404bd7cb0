"""TGI's own form, ``inputs`` and ``parameters``, on llama.cpp's ``/completion``."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from slm.errors import InvalidRequest
from slm.gateway.sse import DONE, EventSplitter, data_of, encode
from slm.local.containers.contract import GENERATE_ROUTE, Call

U32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]
U64 = Annotated[int, Meta(ge=0, le=2**63 - 1)]

MAX_STOP_SEQUENCES: Final = 4
"""text-generation-launcher ``--max-stop-sequences``, default (TGI 3.3.6)."""

_FINISH_REASONS: Final = {"limit": "length", "word": "stop_sequence"}
"""llama.cpp's reason for stopping -> TGI's; all others are the model's own end."""

_NOT_HERE: Final = {
    "best_of": None,
    "truncate": None,
    "watermark": False,
    "decoder_input_details": False,
    "top_n_tokens": None,
    "adapter_id": None,
}
"""What TGI has and llama.cpp has not -> the value that does not ask for it."""


class Grammar(Struct, frozen=True):
    """A constraint on the answer. OpenAI's ``json_schema`` member is unknown to TGI."""

    type: Literal["json", "json_object", "json_schema", "regex"]
    value: Any

    def schema(self) -> dict[str, Any]:
        """The JSON schema that it asks for.

        Raises:
            InvalidRequest: It has none that TGI would take, or is a regular expression.
        """
        if self.type == "regex":
            raise InvalidRequest("grammar: llama.cpp, which answers here, has no regex grammars")
        schema = self.value
        if self.type == "json_schema":
            schema = schema.get("schema") if isinstance(schema, dict) else None
        elif isinstance(schema, str):
            schema = _parsed(schema)
        if not isinstance(schema, dict):
            raise InvalidRequest("grammar is not valid: it is not a JSON schema")
        if "properties" not in schema:
            raise InvalidRequest("grammar is not valid: Grammar must have a 'properties' field")
        return schema


class Parameters(Struct, frozen=True):
    """``parameters`` (``GenerateParameters`` in TGI's ``lib.rs``)."""

    best_of: U64 | None = None
    temperature: float | None = None
    repetition_penalty: float | None = None
    frequency_penalty: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    typical_p: float | None = None
    do_sample: bool = False
    max_new_tokens: U32 | None = None
    return_full_text: bool | None = None
    stop: list[str] = []
    truncate: U64 | None = None
    watermark: bool = False
    details: bool = False
    decoder_input_details: bool = False
    seed: U64 | None = None
    top_n_tokens: U32 | None = None
    grammar: Grammar | None = None
    adapter_id: str | None = None

    def check(self) -> None:
        """Refuse what TGI's ``validation.rs`` refuses, in its words.

        Raises:
            InvalidRequest: A value is out of range, or llama.cpp cannot do it.
        """
        for name, off in _NOT_HERE.items():
            if getattr(self, name) != off:
                raise InvalidRequest(f"`{name}`: llama.cpp, which answers here, has no such thing")
        for refused, reason in (
            (not _over_zero(self.temperature), "`temperature` must be strictly positive"),
            (
                not _over_zero(self.repetition_penalty),
                "`repetition_penalty` must be strictly positive",
            ),
            (
                not -2 <= (self.frequency_penalty or 0) <= 2,
                "`frequency_penalty` must be >= -2.0 and <= 2.0",
            ),
            (not _inside(self.top_p), "`top_p` must be > 0.0 and < 1.0"),
            (not _inside(self.typical_p), "`typical_p` must be > 0.0 and < 1.0"),
            (not _over_zero(self.top_k), "`top_k` must be strictly positive"),
            (not _over_zero(self.max_new_tokens), "`max_new_tokens` must be strictly positive"),
            (
                len(self.stop) > MAX_STOP_SEQUENCES,
                f"`stop` supports up to {MAX_STOP_SEQUENCES} stop sequences. "
                f"Given: {len(self.stop)}",
            ),
        ):
            if refused:
                raise InvalidRequest(reason)

    def for_llama(self) -> dict[str, Any]:
        """The sampling parameters in llama.cpp's words; what is not set is left to it.

        Raises:
            InvalidRequest: The grammar cannot be used.
        """
        values = {
            "temperature": self.temperature if self._samples() else 0,
            "repeat_penalty": self.repetition_penalty,
            "frequency_penalty": self.frequency_penalty,
            "top_k": self.top_k,
            "top_p": self.top_p,
            "typical_p": self.typical_p,
            "n_predict": self.max_new_tokens,
            "stop": self.stop or None,
            "seed": self.seed,
            "json_schema": self.grammar.schema() if self.grammar else None,
        }
        return {name: value for name, value in values.items() if value is not None}

    def _samples(self) -> bool:
        """Whether TGI draws a token or takes the likeliest (``NextTokenChooser``)."""
        return self.do_sample or any(
            value is not None and value != off
            for value, off in (
                (self.temperature, 1),
                (self.top_k, 0),
                (self.top_p, 1),
                (self.typical_p, 1),
            )
        )


class GenerateRequest(Struct, frozen=True):
    """The body of a generate request; without ``parameters`` TGI samples."""

    inputs: str
    parameters: Parameters = Parameters(do_sample=True)
    stream: bool = False


def generate_call(request: GenerateRequest) -> Call:
    """What to ask llama.cpp."""

    def make_body() -> dict[str, Any]:
        if not request.inputs:
            raise InvalidRequest("`inputs` cannot be empty")
        request.parameters.check()
        # One probability a token: TGI gives every token's own.
        asked = {"prompt": request.inputs, "stream": True, "n_probs": 1}
        return request.parameters.for_llama() | asked

    return Call(GENERATE_ROUTE, make_body, request.stream, GenerateForm(request))


class GenerateForm:
    """TGI's answer: token events, or a list of one object."""

    def __init__(self, request: GenerateRequest) -> None:
        self._parameters = request.parameters
        # On SageMaker's route TGI repeats the prompt unless it is told not to.
        full = request.parameters.return_full_text is not False
        self._prefix = request.inputs if full else ""

    async def stream(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """See ``AnswerForm.stream``."""
        splitter = EventSplitter()
        texts: list[str] = []
        index = 0
        async for chunk in chunks:
            for event in splitter.feed(chunk):
                data = data_of(event)
                if not data or data == DONE:
                    continue
                piece = msgspec.json.decode(data)
                token = _token(piece)
                texts.append(token["text"])
                index += 1
                fields = {"index": index, "token": token, "generated_text": None, "details": None}
                if piece["stop"]:
                    fields["generated_text"] = self._prefix + "".join(texts)
                    if self._parameters.details:
                        fields["details"] = self._details(piece) | {
                            "input_length": piece["tokens_evaluated"]
                        }
                yield encode(msgspec.json.encode(fields))

    def whole(self, events: list[dict[str, Any]]) -> Any:
        """See ``AnswerForm.whole``."""
        tokens = [_token(event) for event in events]
        text = "".join(token["text"] for token in tokens)
        answer: dict[str, Any] = {"generated_text": self._prefix + text}
        if self._parameters.details:
            details = self._details(events[-1])
            if details["finish_reason"] != "eos_token" and not tokens[-1]["text"]:
                tokens.pop()  # llama.cpp's last event, which stands for no token
            answer["details"] = details | {"prefill": [], "tokens": tokens}
        return [answer]

    def _details(self, last: dict[str, Any]) -> dict[str, Any]:
        return {
            "finish_reason": _FINISH_REASONS.get(last["stop_type"], "eos_token"),
            "generated_tokens": last["tokens_predicted"],
            "seed": self._parameters.seed,
        }


def _token(event: dict[str, Any]) -> dict[str, Any]:
    """TGI's token of an event. llama.cpp holds back what may become a character or a stop
    sequence, so an event may stand for several tokens: the last one gives its number.

    TGI's text ends with the stop sequence that was found; llama.cpp's does not.
    """
    ids = event.get("tokens") or [0]
    probabilities = event.get("completion_probabilities") or [{"logprob": 0.0}]
    text = event["content"] + event.get("stopping_word", "")
    return {
        "id": ids[-1],
        "text": text,
        "logprob": probabilities[-1]["logprob"],
        "special": event["stop"] and not text,
    }


def _over_zero(value: float | None) -> bool:
    return value is None or value > 0


def _inside(value: float | None) -> bool:
    return value is None or 0 < value < 1


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidRequest(f"grammar is not valid: {error}") from None
