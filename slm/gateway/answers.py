"""A whole answer, put together from the chunks of a stream."""

from typing import Any

_JOINED = ("content", "text", "reasoning_content", "refusal", "arguments")
"""Fields whose pieces are parts of one text."""


def assemble(chunks: list[dict[str, Any]], *, kind: str) -> dict[str, Any]:
    """The answer that the chunks are pieces of.

    Args:
        chunks: Chunks of a chat or text completion, in order.
        kind: ``object`` of the answer: ``chat.completion`` or ``text_completion``.
    """
    choices: dict[int, dict[str, Any]] = {}
    usage: dict[str, Any] | None = None
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk.get("choices", ()):
            _merge(choices.setdefault(choice["index"], {}), choice)
    first = chunks[0] if chunks else {}
    answer: dict[str, Any] = {
        "id": first.get("id", ""),
        "object": kind,
        "created": first.get("created", 0),
        "model": first.get("model", ""),
        "choices": [_finished(choices[index]) for index in sorted(choices)],
    }
    if "system_fingerprint" in first:
        answer["system_fingerprint"] = first["system_fingerprint"]
    if usage is not None:
        answer["usage"] = usage
    return answer


def _finished(choice: dict[str, Any]) -> dict[str, Any]:
    """A choice as it stands in a whole answer: what was ``delta`` is ``message``."""
    choice.setdefault("logprobs", None)
    if "delta" in choice:
        message = {"role": "assistant", "content": None} | choice.pop("delta")
        for call in message.get("tool_calls") or ():
            call.pop("index", None)
        choice["message"] = message
    return choice


def _merge(into: dict[str, Any], piece: dict[str, Any]) -> None:
    """Add one chunk's fields to what has come so far."""
    for name, value in piece.items():
        known = into.get(name)
        if value is None:
            into.setdefault(name, None)
        elif known is None:
            into[name] = value
        elif isinstance(value, dict):
            _merge(known, value)
        elif name == "tool_calls":
            _merge_calls(known, value)
        elif isinstance(value, list):
            known.extend(value)
        elif name in _JOINED:
            into[name] = known + value
        else:
            into[name] = value


def _merge_calls(known: list[dict[str, Any]], pieces: list[dict[str, Any]]) -> None:
    by_index = {call.get("index"): call for call in known}
    for piece in pieces:
        if (call := by_index.get(piece.get("index"))) is not None:
            _merge(call, piece)
        else:
            known.append(piece)
