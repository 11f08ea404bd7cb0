"""``slm doctor`` and the twin: what it has of its own, what has ended, what is over."""

from dataclasses import replace
from pathlib import Path

import pytest

from slm.doctor.knowledge import CAUSES
from slm.doctor.twin_causes import TWIN_CAUSES
from slm.doctor.twin_evidence import TwinDiagnosis, diagnose_twin, model_answers
from slm.local.state import StateDirectory
from tests.unit.test_state import STATE

BAD_GATEWAY = "12:00:00 POST /invoke  502  model_error  30.10 s\n" * 3
KILLED = "llama-server: signal 9, Killed: out of memory\n"


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path)


def found(twin: TwinDiagnosis | None) -> list[str]:
    assert twin
    return [item.cause.id for item in twin.diagnosis.candidates]


def test_a_killed_twin_has_no_cause_of_aws_and_a_next_step(directory: StateDirectory) -> None:
    directory.local_log.write_text(BAD_GATEWAY + "ReadTimeout: Task timed out after 29 seconds\n")
    directory.write(STATE)
    twin = diagnose_twin(directory)
    assert twin
    assert not twin.running
    assert found(twin) == []
    assert "It was killed" in twin.note
    assert "'make local'" in twin.note


def test_a_twin_that_was_stopped_has_ended(directory: StateDirectory) -> None:
    directory.local_log.write_text("Stopped.\n")
    twin = diagnose_twin(directory)
    assert twin
    assert "It has ended" in twin.note


def test_what_is_over_is_a_note(directory: StateDirectory) -> None:
    directory.local_log.write_text(KILLED)
    with directory.claim():
        directory.write(STATE)
        over = diagnose_twin(directory, answers=lambda _: True)
        still = diagnose_twin(directory, answers=lambda _: False)
    assert over
    assert found(over) == []
    assert TWIN_CAUSES["host_oom"].title in over.note
    assert still
    assert found(still)[0] == "host_oom"
    assert "fewer slots" in still.diagnosis.candidates[0].fix
    assert still.note == ""


def test_no_fix_of_a_twin_is_an_instance() -> None:
    assert TWIN_CAUSES.keys() <= {cause.id for cause in CAUSES}
    assert not any("ml." in cause.fix + cause.title for cause in TWIN_CAUSES.values())


def test_a_twin_that_nobody_reaches_does_not_answer() -> None:
    assert not model_answers(replace(STATE, url="http://127.0.0.1:1"))
