"""A case in JSON as evidence: the fields of ``IN_CASE``, whatever their types."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from slm.doctor.evidence import Context, Evidence
from slm.doctor.sources import Source
from slm.errors import SlmError

_SOURCES: Final = {
    "log_lines": Source.LOG,
    "failure_reason": Source.ENDPOINT,
    "cfn_reason": Source.EVENT,
    "http": Source.HTTP,
}
_MAX_DEPTH: Final = 12


class EvidenceUnreadable(SlmError):
    """What was given as evidence cannot be read."""


def is_case(value: object) -> bool:
    """Whether a JSON value has the form of a case."""
    return isinstance(value, Mapping) and (
        bool(_SOURCES.keys() & value.keys()) or isinstance(value.get("evidence"), Mapping)
    )


def evidence_of_case(value: Mapping[str, Any]) -> Evidence:
    """A case's evidence; fields may be missing, empty, or of another type."""
    if isinstance(value.get("evidence"), Mapping):
        value = value["evidence"]
    evidence = Evidence(context=context_of(value.get("context")))
    status = " ".join(texts(value.get("context"), only="status"))
    if status:
        evidence.add(Source.STATUS, [status])
    for name, source in _SOURCES.items():
        lines = [line for text in texts(value.get(name)) for line in text.splitlines()]
        if lines:
            evidence.add(source, lines)
            evidence.seen.append(f"{name}: {len(lines)} lines")
    return evidence


def context_of(value: object) -> Context:
    """The deployment that a case describes."""
    if not isinstance(value, Mapping):
        return Context(words=" ".join(texts(value)))
    environment = value.get("env", value.get("environment"))
    variables = environment if isinstance(environment, Mapping) else {}
    return Context(
        model=_text(value.get("model")),
        instance_type=_text(value.get("instance_type")),
        image=_text(value.get("image")),
        environment={str(name): _text(v) for name, v in variables.items()},
        words=" ".join(texts(environment)),
    )


def texts(value: object, *, only: str = "", depth: int = 0) -> Iterator[str]:
    """All texts in a JSON value, in order; ``only`` those of one field at the top."""
    if only:
        yield from texts(value.get(only) if isinstance(value, Mapping) else None)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, bool) or value is None or depth > _MAX_DEPTH:
        return
    elif isinstance(value, int | float):
        yield str(value)
    elif isinstance(value, Mapping):
        message = value.get("message", value.get("@message"))
        if isinstance(message, str):
            # A log event: its time and stream say nothing.
            yield message
        else:
            for part in value.values():
                yield from texts(part, depth=depth + 1)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part, depth=depth + 1)


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)
