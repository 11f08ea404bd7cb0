"""Records added up, by key and day."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

from slm.commands import Commands
from slm.keys.store import no_such_key
from slm.usage.records import RequestUsage

UNKNOWN_KEY = "(gone)"
"""Name of a key that was revoked since."""


@dataclass(frozen=True)
class UsageLine:
    """What one key used on one day.

    Attributes:
        day: Day in UTC, ISO 8601.
        key: Name of the key.
        key_id: Its id.
        requests: Requests that got past the key's limits.
        failed: Of these, answers with an error.
        prompt_tokens: Tokens of prompts.
        generated_tokens: Tokens of answers.
        partial: Answers that broke off.
        busy_s: Seconds that its requests took, one after the other.
        share: Part of all keys' seconds of that day, 0 to 1.
        usd: That part of what the instances cost on that day; None if the price is unknown.
    """

    day: str
    key: str
    key_id: str
    requests: int
    failed: int
    prompt_tokens: int
    generated_tokens: int
    partial: int
    busy_s: float
    share: float
    usd: float | None


def summarize(
    requests: Iterable[RequestUsage],
    names: Mapping[str, str],
    *,
    usd_per_day: float | None,
) -> list[UsageLine]:
    """A line for each key and day, days first.

    Args:
        requests: What was asked.
        names: Key id -> name of the keys that there are.
        usd_per_day: What the instances cost a day; None if unknown, or nothing.
    """
    groups: dict[tuple[str, str], list[RequestUsage]] = {}
    for request in requests:
        groups.setdefault((f"{request.time:%Y-%m-%d}", request.key_id), []).append(request)
    totals: dict[str, float] = {}
    for (day, _), found in groups.items():
        totals[day] = totals.get(day, 0.0) + _busy_s(found)
    return [
        _line(day, key_id, found, names, _busy_s(found) / (totals[day] or 1.0), usd_per_day)
        for (day, key_id), found in sorted(groups.items())
    ]


def of_key(
    lines: Iterable[UsageLine], key: str, names: Mapping[str, str], commands: Commands
) -> list[UsageLine]:
    """The lines of one key.

    Args:
        lines: Those of all keys.
        key: Its name, or its id.
        names: Key id -> name of the keys that there are.
        commands: Those of the keys' place, for the message.

    Raises:
        KeyMissing: There is none of this name or id, and no request was made by one.
    """
    found = [line for line in lines if key in {line.key, line.key_id}]
    if not found and key not in {*names, *names.values()}:
        raise no_such_key(key, names.values(), commands)
    return found


def _line(  # noqa: PLR0917 (one caller)
    day: str,
    key_id: str,
    found: list[RequestUsage],
    names: Mapping[str, str],
    share: float,
    usd_per_day: float | None,
) -> UsageLine:
    return UsageLine(
        day=day,
        key=names.get(key_id, UNKNOWN_KEY),
        key_id=key_id,
        requests=len(found),
        failed=sum(request.status >= 400 for request in found),
        prompt_tokens=sum(request.prompt_tokens for request in found),
        generated_tokens=sum(request.generated_tokens for request in found),
        partial=sum(request.partial for request in found),
        busy_s=round(_busy_s(found), 3),
        share=round(share, 4),
        usd=None if usd_per_day is None else round(share * usd_per_day, 4),
    )


def _busy_s(found: list[RequestUsage]) -> float:
    return sum(request.duration_ms for request in found) / 1000


def as_csv(lines: Iterable[UsageLine]) -> str:
    """The lines as CSV, with a head."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(UsageLine)], lineterminator="\n")
    writer.writeheader()
    for line in lines:
        writer.writerow(asdict(line))
    return text.getvalue()
