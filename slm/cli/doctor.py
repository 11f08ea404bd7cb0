"""``slm doctor``: why does it not work, and what mends it?"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slm.cli.options import JsonOption, ProfileOption, RegionOption
from slm.cli.render import Output, reporting

if TYPE_CHECKING:
    from slm.aws import Aws
    from slm.doctor.infer import Diagnosis
    from slm.doctor.stack_diagnosis import StackDiagnosis
    from slm.settings import Settings


def doctor(
    stack: Annotated[
        str | None,
        typer.Argument(help="A stack; by default the one that the settings name."),
    ] = None,
    *,
    given: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE|-",
            help="Look at this instead: a log, an error message, or one JSON object with "
            "failure_reason, log_lines, cfn_reason, http, context. A dash reads standard input.",
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option("--follow", help="Watch a deploy under way until it ends, then say why."),
    ] = False,
    profile: ProfileOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find out why something does not work, and what mends it. Changes nothing.

    Looks at the stack's events, the endpoint, the container's log, the function's and the API's
    logs, and at the twin of this folder. Secrets in what is quoted are masked.
    """
    with reporting(as_json=as_json) as output:
        if given is not None:
            _read(given, output)
            return
        # Imported here: they take longer than the help text.
        from slm.aws import Aws
        from slm.settings import load_settings

        settings = load_settings(**({"stack_name": stack} if stack else {}))
        aws = Aws(profile, region)
        if follow:
            from slm.cli.doctor_follow import follow_stack

            follow_stack(aws, settings, output)
        look(aws, settings, output)


def _read(given: str, output: Output) -> None:
    from slm.cli.doctor_words import tell
    from slm.doctor.answer import Place, facts
    from slm.doctor.case import EvidenceUnreadable
    from slm.doctor.infer import diagnose
    from slm.doctor.pasted import read_pasted

    try:
        with output.waiting("Reading"):
            if given == "-":
                diagnosis = diagnose(read_pasted(sys.stdin.buffer))
            else:
                with Path(given).open("rb") as file:
                    diagnosis = diagnose(read_pasted(file))
    except OSError as error:
        raise EvidenceUnreadable(
            f"{given} cannot be read: {error.strerror}. Name a file, or - for standard input."
        ) from None
    if output.as_json:
        output.result(facts(diagnosis, Place()))
    else:
        tell(diagnosis, Place(), output)


def look(aws: "Aws", settings: "Settings", output: Output) -> None:
    """Diagnose a stack and the twin of this folder."""
    from slm.doctor.stack_diagnosis import diagnose_stack

    with output.waiting("Looking"):
        found = diagnose_stack(aws, settings.stack_name, settings=settings)
        twin = _twin()
    if output.as_json:
        output.result(_facts(found, twin, aws))
        return
    tell_stack(found, aws, output)
    if twin is not None and twin.candidates:
        from slm.cli.doctor_words import tell
        from slm.doctor.answer import Place

        output.line()
        output.line("The twin of this folder:", "bold")
        tell(twin, Place(), output)


def _twin() -> "Diagnosis | None":
    from slm.doctor.infer import diagnose
    from slm.doctor.twin_evidence import gather_twin
    from slm.local.state import StateDirectory

    evidence = gather_twin(StateDirectory())
    return diagnose(evidence) if evidence else None


def _facts(found: "StackDiagnosis", twin: "Diagnosis | None", aws: "Aws") -> dict[str, Any]:
    from slm.cli.doctor_place import place_of
    from slm.doctor.answer import Place, facts

    state = {
        "stack": found.stack,
        "stack_status": found.state.status,
        "endpoint_status": found.state.endpoint_status,
    }
    answer = state | facts(found.diagnosis, place_of(found, aws))
    return answer | {"twin": facts(twin, Place()) if twin else None}


def tell_stack(found: "StackDiagnosis", aws: "Aws", output: Output) -> None:
    """Say what ails a stack."""
    from slm.cli.doctor_place import place_of
    from slm.cli.doctor_words import tell

    status = found.state.status or "not there, or not to be seen"
    endpoint = found.state.endpoint_status or "none"
    output.fact("Stack", f"{found.stack}: {status}; endpoint {found.state.endpoint}: {endpoint}")
    tell(found.diagnosis, place_of(found, aws), output, failed=found.state.failed)
