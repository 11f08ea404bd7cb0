"""The bodies of requests, as types: what is checked and what ``/openapi.json`` describes.

Types and ranges that hold for every engine stand here; what the configured engine can
honour stands in ``slm.engines``.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

# Engines compute in 32 bits: what they want above 0 needs a bound that does not round to 0.
Temperature = Annotated[float, Meta(ge=0, le=2, description="0 is greedy.")]
TopP = Annotated[float, Meta(ge=0.000001, le=1)]
TopK = Annotated[int, Meta(ge=1, le=1_000_000)]
MinP = Annotated[float, Meta(ge=0, le=1)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
RepetitionPenalty = Annotated[float, Meta(ge=0.01, le=2)]
Seed = Annotated[int, Meta(ge=0, le=2**63 - 1)]
MaxTokens = Annotated[int, Meta(ge=1, le=1_000_000)]
StopSequence = Annotated[str, Meta(min_length=1, max_length=1000)]
Stop = StopSequence | Annotated[list[StopSequence], Meta(max_length=4)]
Prompt = Annotated[str, Meta(min_length=1)]
Label = Annotated[str, Meta(max_length=512)]
FunctionName = Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]


class InvokeParameters(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """``parameters`` of ``POST /invoke``, with the names TGI gives them."""

    max_new_tokens: MaxTokens = 512
    temperature: Temperature = 0.7
    top_p: TopP = 0.9
    do_sample: bool | UnsetType = UNSET
    top_k: TopK | UnsetType = UNSET
    stop: Stop | UnsetType = UNSET
    seed: Seed | UnsetType = UNSET
    repetition_penalty: RepetitionPenalty | UnsetType = UNSET
    frequency_penalty: Penalty | UnsetType = UNSET
    presence_penalty: Penalty | UnsetType = UNSET


class InvokeRequest(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Body of ``POST /invoke``."""

    prompt: Prompt
    parameters: InvokeParameters = InvokeParameters()
    stream: bool = False
    apply_chat_template: bool = True


class TextPart(Struct, forbid_unknown_fields=True, frozen=True):
    """One part of a message's content; the models served here read text only."""

    type: Literal["text"]
    text: str


class FunctionCall(Struct, forbid_unknown_fields=True, frozen=True):
    """The function an assistant message calls."""

    name: str
    arguments: str


class ToolCall(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A call that an assistant message makes, sent back as part of the conversation."""

    id: str
    type: Literal["function"] = "function"
    function: FunctionCall
    index: int | UnsetType = UNSET


Content = str | list[TextPart] | None


class Message(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a conversation.

    The fields at the end are those of an answer: an assistant message may be sent back as
    it came. They are taken only without a value.
    """

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Content = None
    name: Label | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: Label | None = None
    refusal: None = None
    audio: None = None
    function_call: None = None
    reasoning_content: str | None = None
    annotations: Annotated[list[Any], Meta(max_length=0)] | None = None


class FunctionDefinition(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """A function that the model may call; ``parameters`` is a JSON Schema."""

    name: FunctionName
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Tool(Struct, forbid_unknown_fields=True, frozen=True):
    """An entry of ``tools``."""

    type: Literal["function"]
    function: FunctionDefinition


class NamedFunction(Struct, forbid_unknown_fields=True, frozen=True):
    """The function of a ``NamedToolChoice``."""

    name: FunctionName


class NamedToolChoice(Struct, forbid_unknown_fields=True, frozen=True):
    """``tool_choice`` that names the one function to call."""

    type: Literal["function"]
    function: NamedFunction


class JsonSchemaFormat(
    Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, omit_defaults=True
):
    """``json_schema`` of a ``response_format``."""

    name: Label | None = None
    description: str | None = None
    schema: dict[str, Any]
    strict: bool | None = None


class ResponseFormat(Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """``response_format``."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchemaFormat | None = None


class StreamOptions(Struct, forbid_unknown_fields=True, frozen=True):
    """``stream_options``."""

    include_usage: bool | None = None


class _CommonRequest(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    model: Label | None = None
    max_tokens: MaxTokens | None = None
    temperature: Temperature | None = None
    top_p: TopP | None = None
    n: Annotated[int, Meta(ge=1, le=16)] | None = None
    stop: Stop | None = None
    seed: Seed | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    logit_bias: dict[str, Annotated[float, Meta(ge=-100, le=100)]] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: Label | None = None
    top_k: TopK | None = None
    min_p: MinP | None = None
    typical_p: TopP | None = None
    repetition_penalty: RepetitionPenalty | None = None


class ChatRequest(_CommonRequest, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Body of ``POST /v1/chat/completions``."""

    messages: Annotated[list[Message], Meta(min_length=1)]
    max_completion_tokens: MaxTokens | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    response_format: ResponseFormat | None = None
    tools: Annotated[list[Tool], Meta(max_length=128)] | None = None
    tool_choice: Literal["none", "auto", "required"] | NamedToolChoice | None = None
    parallel_tool_calls: bool | None = None
    store: bool | None = None
    metadata: Annotated[dict[str, Label], Meta(max_length=16)] | None = None
    safety_identifier: Label | None = None
    prompt_cache_key: Label | None = None
    service_tier: Label | None = None
    modalities: Annotated[list[Label], Meta(max_length=4)] | None = None


class CompletionRequest(_CommonRequest, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Body of ``POST /v1/completions``."""

    prompt: Prompt | Annotated[list[Prompt], Meta(min_length=1, max_length=1)]
    suffix: str | None = None
    echo: bool | None = None
    best_of: Annotated[int, Meta(ge=1, le=16)] | None = None
    logprobs: Annotated[int, Meta(ge=0, le=5)] | None = None


class InvokeDetails(Struct, frozen=True, kw_only=True):
    """How an answer of ``POST /invoke`` ended, and what it took."""

    finish_reason: str
    prompt_tokens: int | None
    generated_tokens: int | None


class InvokeAnswer(Struct, frozen=True, kw_only=True):
    """Answer of ``POST /invoke``, and the last event of its stream."""

    generated_text: str
    prompt: str
    parameters: dict[str, Any]
    details: InvokeDetails
