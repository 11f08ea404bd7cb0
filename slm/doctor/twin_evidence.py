"""The local twin: what it left in its folder, and what ails it."""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from slm.commands import Commands
from slm.doctor.evidence import Evidence
from slm.doctor.infer import Diagnosis, diagnose
from slm.doctor.pasted import blocks_of
from slm.doctor.sources import Source
from slm.doctor.twin_causes import TWIN_CAUSES
from slm.errors import SlmError
from slm.local.state import StateDirectory, TwinState

_REFUSED_REQUEST: Final = re.compile(rb"^.*\b[A-Z]{3,7} /\S* +4\d\d\b.*$", re.MULTILINE)
"""A request's line in the twin's log, with the status of a refusal."""

_TAIL_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class TwinDiagnosis:
    """The twin of a folder.

    Attributes:
        running: Whether it runs.
        diagnosis: What ails it now.
        note: What is to be said where no cause is known; empty if there is nothing.
    """

    running: bool
    diagnosis: Diagnosis
    note: str = ""


def model_answers(twin: TwinState) -> bool:
    """Whether a twin says that its model is there."""
    # Imported here: a twin that is well is not asked.
    from slm.client import ApiUnreachable, Target, health

    try:
        return asyncio.run(health(Target("The local twin", twin.url, "", ""))).ok
    except ApiUnreachable:
        return False


def diagnose_twin(
    state: StateDirectory, *, answers: Callable[[TwinState], bool] = model_answers
) -> TwinDiagnosis | None:
    """What ails a folder's twin; None if there never was one.

    Args:
        state: The folder.
        answers: Whether the model of a twin answers now.
    """
    evidence = gather_twin(state)
    if evidence is None:
        return None
    running = "runs" in evidence.facts
    diagnosis = _of_a_twin(diagnose(evidence))
    if not running:
        return TwinDiagnosis(running, diagnosis, "" if diagnosis.candidates else _ended(state))
    told = state.read()
    if told and diagnosis.candidates and answers(told):
        titles = " ".join(item.cause.title for item in diagnosis.candidates)
        note = f"It answers now. What its log tells of earlier is over: {titles}"
        return TwinDiagnosis(running, replace(diagnosis, candidates=()), note)
    return TwinDiagnosis(running, diagnosis)


def _of_a_twin(diagnosis: Diagnosis) -> Diagnosis:
    """Without guesses and causes that only AWS has, and with what mends a twin."""
    kept = () if diagnosis.guessed else diagnosis.candidates
    return replace(
        diagnosis,
        candidates=tuple(
            replace(
                item,
                cause=replace(item.cause, title=TWIN_CAUSES[item.cause.id].title),
                fix=TWIN_CAUSES[item.cause.id].fix,
            )
            for item in kept
            if item.cause.id in TWIN_CAUSES
        ),
        guessed=False,
    )


def _ended(state: StateDirectory) -> str:
    how = "was killed, or the machine went down" if state.left_behind() else "has ended"
    return (
        f"It {how}; its logs name no cause that is known here. "
        f"Start it again: 'make local' or '{Commands().slm('local')}'."
    )


def gather_twin(state: StateDirectory) -> Evidence | None:
    """The twin's logs; None if there never was one in this folder."""
    logs = [log for log in (state.model_log, state.local_log) if log.exists()]
    if not logs:
        return None
    evidence = Evidence()
    try:
        if state.pid() is not None:
            evidence.facts.add("runs")
    except SlmError as error:
        evidence.unseen.append(f"The twin's state: {error.message}")
    for log in logs:
        evidence.add(Source.TWIN, _tail(log, evidence))
    return evidence


def _tail(log: Path, evidence: Evidence) -> Iterator[bytes]:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            # A request that was refused by the rules is no fault of the twin.
            yield from blocks_of(_REFUSED_REQUEST.sub(b"", file.read(_TAIL_BYTES)), file)
    except OSError as error:
        evidence.unseen.append(f"{log}: {error.strerror}.")
    else:
        evidence.seen.append(str(log))
