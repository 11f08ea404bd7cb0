"""The local twin: what it left in its folder, and what ails it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from slm.doctor.evidence import Evidence
from slm.doctor.infer import Diagnosis, diagnose
from slm.doctor.pasted import blocks_of
from slm.doctor.sources import Source
from slm.errors import SlmError
from slm.local.state import StateDirectory

_REFUSED_REQUEST: Final = re.compile(rb"^.*\b[A-Z]{3,7} /\S* +4\d\d\b.*$", re.MULTILINE)
"""A request's line in the twin's log, with the status of a refusal."""

_TAIL_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True)
class TwinDiagnosis:
    """The twin of a folder.

    Attributes:
        running: Whether it runs.
        diagnosis: What ails it.
    """

    running: bool
    diagnosis: Diagnosis


def diagnose_twin(state: StateDirectory) -> TwinDiagnosis | None:
    """What ails a folder's twin; None if there never was one."""
    evidence = gather_twin(state)
    return TwinDiagnosis("runs" in evidence.facts, diagnose(evidence)) if evidence else None


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
