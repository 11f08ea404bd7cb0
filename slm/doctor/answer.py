"""The diagnosis as an answer: its facts for programs, its sentences for people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slm.doctor.infer import Candidate, Diagnosis

NOTHING_FOUND = "Nothing wrong was found."

GUESSED = "Something failed with a message that is not known here; by its words, this is a guess."


@dataclass(frozen=True)
class Place:
    """What the commands of a fix are filled in with.

    Attributes:
        stack: Name of the stack.
        endpoint: Name of the endpoint.
        options: Options of make, with a blank before them.
    """

    stack: str = "<stack>"
    endpoint: str = "<endpoint>"
    options: str = ""

    def fill(self, command: str) -> str:
        """A command with the names of this place."""
        for name in ("stack", "endpoint", "options"):
            command = command.replace(f"{{{name}}}", getattr(self, name))
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
    return NOTHING_FOUND


def how_sure(candidate: Candidate) -> str:
    """A confidence in words."""
    scale: Mapping[float, str] = {0.8: "very likely", 0.6: "likely", 0.4: "possible"}
    words = next((w for least, w in scale.items() if candidate.confidence >= least), "a guess")
    return f"{words}, {candidate.confidence:.0%}"


WHAT_TO_ATTACH = (
    "the output of 'slm doctor --json'",
    "slm.toml, without what you would not show",
    "the last lines of the container's log (aws logs tail {group} --since 2h)",
    "FailureReason of the endpoint (aws sagemaker describe-endpoint --endpoint-name {endpoint})",
)
"""What somebody needs who is to help where doctor does not know."""


def what_to_attach(place: Place) -> Iterator[str]:
    """The list, for this place."""
    group = f"/aws/sagemaker/Endpoints/{place.endpoint}"
    for line in WHAT_TO_ATTACH:
        yield line.format(group=group, endpoint=place.endpoint)
