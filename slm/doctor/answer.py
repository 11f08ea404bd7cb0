"""The diagnosis as an answer: its facts for programs, its sentences for people."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from slm.doctor.infer import Candidate, Diagnosis

if TYPE_CHECKING:
    from slm.commands import Commands

NOTHING_FOUND = "Nothing wrong was found."

NOTHING_KNOWN = "There are errors in it, but nothing that is known here was found."

GUESSED = "Something failed with a message that is not known here; by its words, this is a guess."


@dataclass(frozen=True)
class Place:
    """What the commands of a fix are filled in with.

    Attributes:
        stack: Name of the stack.
        endpoint: Name of the endpoint.
        options: Options of make, with a blank before them.
        slm_options: Those of ``slm``.
        aws_options: Those of the AWS CLI.
    """

    stack: str = "<stack>"
    endpoint: str = "<endpoint>"
    options: str = ""
    slm_options: str = ""
    aws_options: str = ""

    @classmethod
    def of(cls, stack: str, endpoint: str, commands: "Commands") -> "Place":
        """The place that some commands are about."""
        return cls(
            stack,
            endpoint,
            options=commands.make_options,
            slm_options=commands.slm_options,
            aws_options=commands.aws_options,
        )

    def fill(self, command: str) -> str:
        """A command with the names of this place."""
        for name, value in asdict(self).items():
            command = command.replace(f"{{{name}}}", value)
        return command


def facts(diagnosis: Diagnosis, place: Place) -> dict[str, Any]:
    """The answer for programs."""
    return {
        "causes": [
            {
                "id": candidate.cause.id,
                "confidence": candidate.confidence,
                "title": candidate.cause.title,
                "evidence": list(candidate.evidence),
                "fix": place.fill(candidate.fix),
            }
            for candidate in diagnosis.candidates
        ],
        "message": sentence(diagnosis),
        "lines_read": diagnosis.lines_read,
        "seen": list(diagnosis.seen),
        "unseen": list(diagnosis.unseen),
    }


def sentence(diagnosis: Diagnosis) -> str:
    """What happened, in one sentence."""
    if diagnosis.guessed:
        return GUESSED
    if diagnosis.candidates:
        return diagnosis.candidates[0].cause.title
    if not diagnosis.lines_read:
        return "There was no evidence to look at."
    return NOTHING_KNOWN if diagnosis.alarmed else NOTHING_FOUND


def how_sure(candidate: Candidate) -> str:
    """A confidence in words."""
    scale: Mapping[float, str] = {0.8: "very likely", 0.6: "likely", 0.4: "possible"}
    words = next((w for least, w in scale.items() if candidate.confidence >= least), "a guess")
    return f"{words}, {candidate.confidence:.0%}"


WHAT_TO_ATTACH = (
    "the output of 'slm doctor --json{slm_options}'",
    "slm.toml, without what you would not show",
    "the last lines of the container's log "
    "(aws logs tail /aws/sagemaker/Endpoints/{endpoint} --since 2h{aws_options})",
    "FailureReason of the endpoint "
    "(aws sagemaker describe-endpoint --endpoint-name {endpoint}{aws_options})",
)
"""What somebody needs who is to help where doctor does not know."""


def what_to_attach(place: Place) -> Iterator[str]:
    """The list, for this place."""
    return map(place.fill, WHAT_TO_ATTACH)
