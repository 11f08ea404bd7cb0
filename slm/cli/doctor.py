"""``slm doctor``: why does it not work, and what mends it?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slm.cli.exit_codes import FAILED
from slm.cli.options import JsonOption, ProfileOption, RegionOption, StackOption
from slm.cli.render import Output, reporting
from slm.cli.standard_input import standard_input

if TYPE_CHECKING:
    from slm.aws import Aws
    from slm.doctor.evidence import Evidence
    from slm.doctor.infer import Diagnosis
    from slm.doctor.stack_diagnosis import StackDiagnosis
    from slm.doctor.twin_evidence import TwinDiagnosis
    from slm.local.state import StateDirectory
    from slm.settings import Settings


def doctor(
    *,
    given: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE|-",
            help="Look at this instead: a log, an error message, what 'aws logs' or 'aws "
            "cloudformation describe-stack-events' print, or one JSON object with "
            "failure_reason, log_lines, cfn_reason, http, context. A dash reads standard input.",
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option("--follow", help="Watch a deploy under way until it ends, then say why."),
    ] = False,
    stack: StackOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find out why something does not work, and what mends it. Changes nothing.

    Looks at the stack's events, the endpoint, the container's log, the function's and the API's
    logs, and at the twin of this folder. Secrets in what is quoted are masked. Exit status: 0
    when it could look, whatever it found ("causes" of --json tells), 1 when it could not.
    """
    with reporting(as_json=as_json) as output:
        if given is not None:
            _read(given, output)
            return
        # Imported here: they take longer than the help text.
        from slm.cli.named_stack import named_stack
        from slm.local.state import StateDirectory

        aws, settings = named_stack(stack, profile, region)
        if follow:
            from slm.cli.doctor_follow import follow_stack

            follow_stack(aws, settings, output)
        look(aws, settings, output, StateDirectory(), named=stack is not None)


def _read(given: str, output: Output) -> None:
    from slm.cli.doctor_words import tell
    from slm.doctor.answer import Place, facts
    from slm.doctor.case import EvidenceUnreadable

    name = "Standard input" if given == "-" else given
    try:
        with output.waiting("Reading"):
            evidence, diagnosis = _diagnosed(given)
    except OSError as error:
        raise EvidenceUnreadable(
            f"{name} cannot be read: {error.strerror}. Name a file, or - for standard input."
        ) from None
    except EvidenceUnreadable as error:
        raise EvidenceUnreadable(f"{name}: {error.message}") from None
    if evidence.flaw and not diagnosis.candidates:
        raise EvidenceUnreadable(f"{name}: {evidence.flaw}")
    if output.as_json:
        output.result(facts(diagnosis, Place()))
    else:
        tell(diagnosis, Place(), output)


def _diagnosed(given: str) -> "tuple[Evidence, Diagnosis]":
    from slm.doctor.infer import diagnose
    from slm.doctor.pasted import read_pasted

    if given == "-":
        evidence = read_pasted(standard_input("name a file after --from"))
        return evidence, diagnose(evidence)
    with Path(given).open("rb") as file:
        # Lines are read while they are looked at.
        evidence = read_pasted(file)
        return evidence, diagnose(evidence)


def look(
    aws: "Aws",
    settings: "Settings",
    output: Output,
    directory: "StateDirectory",
    *,
    named: bool = False,
) -> None:
    """Diagnose a stack, and the twin of a folder.

    Args:
        aws: The account and region.
        settings: The stack's settings.
        output: Where to speak.
        directory: The twin's folder.
        named: Whether it was this stack that was asked for: then it must be seen.

    Raises:
        typer.Exit: The stack that was asked for cannot be seen; or neither stack nor twin can,
            and it is not known why.
    """
    from slm.doctor.stack_diagnosis import diagnose_stack
    from slm.doctor.twin_evidence import diagnose_twin

    with output.waiting("Looking"):
        found = diagnose_stack(aws, settings)
        twin = diagnose_twin(directory)
    # Who has a twin running needs no AWS: that it cannot be asked is no fault then.
    only_twin = twin is not None and twin.running and not found.diagnosis.seen
    if output.as_json:
        output.result(_facts(found, twin, aws))
    else:
        if only_twin:
            _tell_unseen(found, output)
        else:
            tell_stack(found, aws, output)
        if twin is not None:
            _tell_twin(twin, output)
    known = not named and (twin is not None or bool(found.diagnosis.candidates))
    if not found.diagnosis.seen and not known:
        raise typer.Exit(FAILED)


def _facts(found: "StackDiagnosis", twin: "TwinDiagnosis | None", aws: "Aws") -> dict[str, Any]:
    from slm.cli.doctor_place import place_of
    from slm.doctor.answer import facts

    state = {
        "stack": found.stack,
        "stack_status": found.state.status,
        "endpoint_status": found.state.endpoint_status,
    }
    answer = state | facts(found.diagnosis, place_of(found, aws))
    of_twin = _facts_of_twin(twin) if twin else None
    return answer | {"twin": of_twin}


def _facts_of_twin(twin: "TwinDiagnosis") -> dict[str, Any]:
    from slm.doctor.answer import Place, facts

    of_twin = {"running": twin.running} | facts(twin.diagnosis, Place())
    return of_twin | {"message": twin.note} if twin.note else of_twin


def tell_stack(found: "StackDiagnosis", aws: "Aws", output: Output) -> None:
    """Say what ails a stack."""
    from slm.cli.doctor_place import place_of
    from slm.cli.doctor_words import tell

    status = found.state.status or "not there, or not to be seen"
    endpoint = found.state.endpoint_status or "none"
    output.fact("Stack", f"{found.stack}: {status}; endpoint {found.state.endpoint}: {endpoint}")
    tell(found.diagnosis, place_of(found, aws), output, failed=found.state.failed)


def _tell_unseen(found: "StackDiagnosis", output: Output) -> None:
    output.fact("Stack", f"{found.stack}: not to be seen from here")
    for line in found.diagnosis.unseen:
        output.fact("Not seen", line, "yellow")


def _tell_twin(twin: "TwinDiagnosis", output: Output) -> None:
    from slm.cli.doctor_words import tell
    from slm.doctor.answer import NOTHING_FOUND, Place

    output.line()
    output.fact("Twin", f"of this folder: {'runs' if twin.running else 'does not run'}")
    if twin.note:
        output.line(twin.note, "yellow")
        for line in twin.diagnosis.unseen:
            output.fact("Not seen", line, "yellow")
    elif twin.diagnosis.candidates or twin.diagnosis.unseen:
        tell(twin.diagnosis, Place(), output)
    else:
        output.line(NOTHING_FOUND, "green")
