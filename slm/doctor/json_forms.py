"""JSON as evidence: a case, or what the AWS command line and its console give."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from slm.doctor.case import EvidenceUnreadable, evidence_of_case, is_case, texts
from slm.doctor.evidence import IN_CASE, Context, Evidence
from slm.doctor.sources import Source
from slm.doctor.stack_events import failures

SEVERAL: Final = (
    "There are several cases in this JSON. Give one object at a time: slm doctor --from case.json."
)
_FORMS: Final = (
    f"Known are a case ({', '.join(IN_CASE)}), log events, and what 'aws logs', 'aws "
    "cloudformation describe-stack-events' and 'aws sagemaker describe-endpoint' print."
)
_CASE_FIELDS: Final = (*IN_CASE, "evidence")
_SPEAKING: Final = frozenset(
    [
        "message",
        "@message",
        "msg",
        "log",
        "error",
        "errors",
        "errormessage",
        "errortype",
        "detail",
        "fields",
        "level",
    ]
)
"""Fields, in small letters, of an answer's or a log line's JSON: it is read as text."""

_NEAR: Final = 0.75
_NAMED: Final = 5
_COMPARED: Final = 50
_NAME_CHARS: Final = 40
"""Names are somebody's: as many, and as much of them, as is worth reading."""


def evidence_of_json(value: object) -> Evidence | None:
    """The evidence in a JSON value; None where it is best read as text.

    Raises:
        EvidenceUnreadable: There are several cases in it.
    """
    if isinstance(value, list):
        return _of_list(value)
    if not isinstance(value, Mapping):
        return None
    if is_case(value):
        evidence = evidence_of_case(value)
        evidence.unseen.extend(_near_misses(value))
        return evidence
    return next((read(value) for field, read in _READERS.items() if field in value), None)


def flaw_of(value: object) -> str:
    """Why a JSON value that is read as text is no evidence, if it is none; a sentence or two."""
    if not isinstance(value, Mapping):
        return "" if isinstance(value, str | list) and value else "There is nothing in this JSON."
    if not value:
        return "There is nothing in this JSON."
    if _SPEAKING & {str(name).lower() for name in value}:
        return ""
    names = ", ".join(str(name)[:_NAME_CHARS] for name in list(value)[:_NAMED])
    return " ".join((f"This JSON is no evidence: it has {names}.", *_near_misses(value), _FORMS))


def _near_misses(value: Mapping[str, Any]) -> Iterator[str]:
    """What is not read, since its name is nearly that of a field and not quite."""
    for name in islice(value, _COMPARED):
        if name not in _CASE_FIELDS:
            meant = difflib.get_close_matches(name[:_NAME_CHARS], _CASE_FIELDS, 1, _NEAR)
            if meant:
                yield f"{name[:_NAME_CHARS]} is no field of a case: is {meant[0]} meant?"


def _of_list(values: list[Any]) -> Evidence | None:
    if len(values) == 1:
        return evidence_of_json(values[0])
    if any(map(is_case, values)):
        raise EvidenceUnreadable(SEVERAL)
    return _log(values) if values else None


def _log(events: list[Any]) -> Evidence:
    """Log events, or lines."""
    evidence = Evidence()
    lines = (line for text in texts(events) for line in text.splitlines())
    evidence.add(Source.LOG, list(lines))
    return evidence


def _events(value: Mapping[str, Any]) -> Evidence:
    """``aws logs get-log-events``, ``filter-log-events``."""
    return _log(value["events"])


def _query(value: Mapping[str, Any]) -> Evidence:
    """``aws logs get-query-results``: rows of named fields, of which the message counts."""
    rows = value["results"] if isinstance(value["results"], list) else []
    cells = [cell for row in rows if isinstance(row, list) for cell in row]
    said = (c for c in cells if isinstance(c, Mapping) and c.get("field") == "@message")
    return _log([cell.get("value") for cell in said])


def _stack_events(value: Mapping[str, Any]) -> Evidence:
    """``aws cloudformation describe-stack-events``."""
    listed = value["StackEvents"] if isinstance(value["StackEvents"], list) else []
    events = [event for event in listed if isinstance(event, Mapping)]
    stack = str(events[0].get("StackName", "")) if events else ""
    own = (e.get("ResourceStatus") for e in events if e.get("LogicalResourceId") == stack)
    evidence = Evidence()
    evidence.add(Source.EVENT, [f"Stack status: {next(own, 'unknown')}."])
    evidence.add(Source.EVENT, list(failures(events, stack))[::-1])
    return evidence


def _stacks(value: Mapping[str, Any]) -> Evidence:
    """``aws cloudformation describe-stacks``."""
    stacks = value["Stacks"] if isinstance(value["Stacks"], list) else []
    evidence = Evidence()
    for stack in stacks:
        if isinstance(stack, Mapping):
            words = f"Stack status: {stack.get('StackStatus')}. "
            evidence.add(Source.EVENT, [words + str(stack.get("StackStatusReason") or "")])
    return evidence


def _endpoint(value: Mapping[str, Any]) -> Evidence:
    """``aws sagemaker describe-endpoint``."""
    status, reasons = value.get("EndpointStatus"), list(texts(value.get("FailureReason")))
    # Wherever it stands among the variants, the image is the only text with a registry in it.
    images = [text for text in texts(value.get("ProductionVariants")) if ".dkr.ecr." in text]
    evidence = Evidence(context=Context(image=" ".join(images[:1])))
    evidence.add(Source.EVENT, [f"Endpoint status: {status}."])
    evidence.add(Source.ENDPOINT, reasons)
    if status == "InService" and reasons:
        evidence.facts.add("kept_after_failure")
    return evidence


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Evidence]]] = {
    "StackEvents": _stack_events,
    "Stacks": _stacks,
    "EndpointStatus": _endpoint,
    "FailureReason": _endpoint,
    "events": _events,
    "results": _query,
}
"""Field that tells a form -> its reader."""
