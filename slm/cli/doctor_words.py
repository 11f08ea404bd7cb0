"""What ``slm doctor`` says to people."""

from typing import Final

from slm.cli.render import Output
from slm.doctor.answer import (
    NOTHING_FOUND,
    Place,
    how_sure,
    sentence,
    what_to_attach,
)
from slm.doctor.infer import Candidate, Diagnosis

_OTHERS_TOLD: Final = 2


def tell(diagnosis: Diagnosis, place: Place, output: Output, *, failed: bool = False) -> None:
    """Say what happened, why, and what to do.

    Args:
        diagnosis: The causes.
        place: What commands are filled in with.
        output: Where to speak.
        failed: Whether something is known to have failed, whatever was found.
    """
    if not diagnosis.candidates:
        _tell_nothing(diagnosis, place, output, failed=failed)
    else:
        first, *others = diagnosis.candidates
        output.line(sentence(diagnosis), "yellow" if diagnosis.guessed else "bold")
        if diagnosis.guessed:
            output.line(first.cause.title)
        _tell_cause(first, place, output)
        for other in others[:_OTHERS_TOLD]:
            output.fact(
                "Or", f"{other.cause.id} ({how_sure(other)}): {place.fill(other.fix)}", "dim"
            )
        if diagnosis.guessed:
            _tell_what_to_attach(diagnosis, place, output)
    for line in diagnosis.unseen:
        output.fact("Not seen", line, "yellow")


def _tell_cause(candidate: Candidate, place: Place, output: Output) -> None:
    output.fact("Cause", f"{candidate.cause.id} ({how_sure(candidate)})", "red")
    for number, line in enumerate(candidate.evidence):
        output.fact("" if number else "Evidence", f"> {line}")
    output.fact("Fix", place.fill(candidate.fix), "cyan")
    output.fact("Against it", candidate.cause.against, "dim")


def _tell_nothing(diagnosis: Diagnosis, place: Place, output: Output, *, failed: bool) -> None:
    words = sentence(diagnosis)
    healthy = words == NOTHING_FOUND and not failed
    output.line(words, "green" if healthy else "yellow")
    if healthy:
        if diagnosis.served:
            output.line("The model server came up and served.")
        return
    if failed:
        output.line("It failed, but no cause that is known here stands in what could be seen.")
    _tell_what_to_attach(diagnosis, place, output)


def _tell_what_to_attach(diagnosis: Diagnosis, place: Place, output: Output) -> None:
    output.line("If it does not work, ask with:")
    for line in what_to_attach(place):
        output.line(f"  - {line}")
    for line in diagnosis.last:
        output.line(f"  > {line}", "dim")
