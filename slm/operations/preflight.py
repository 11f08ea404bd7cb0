"""What would make a deploy fail, found before anything is created.

A check that may not ask is a note: the deploy itself will tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from slm.aws import Aws, AwsUnavailable
from slm.commands import Commands
from slm.errors import SlmError
from slm.operations.checks import CHECKS, Check, Deploy, DeployOptions, Problem
from slm.operations.stack_operation import ROLLED_BACK, status_of
from slm.planning.errors import PlanError
from slm.settings import Settings

_REPLACED: Final = "The stack was rolled back; what is left of it is deleted first."


class DeployRefused(SlmError):
    """A deploy would fail, and was not begun."""


@dataclass(frozen=True)
class Preflight:
    """What the checks found.

    Attributes:
        problems: What must be mended first.
        notes: What is good to know, and what could not be checked.
    """

    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    def refuse(self) -> None:
        """Refuse the deploy, if there are problems.

        Raises:
            DeployRefused: There are.
        """
        if self.problems:
            lines = [f"{problem.what} Do: {problem.remedy}" for problem in self.problems]
            raise DeployRefused("\n".join([*lines, "Nothing was created."]))


def preflight(
    aws: Aws,
    settings: Settings,
    options: DeployOptions = DeployOptions(),  # noqa: B008 (frozen)
    checks: Mapping[Check, str] = CHECKS,
) -> Preflight:
    """Make the checks.

    Args:
        aws: The account.
        settings: What is to be deployed.
        options: How.
        checks: Check -> what it is about.

    Raises:
        AwsUnavailable: There are no credentials, they have ended, or no region is set. Nothing
            else can be asked then.
    """
    commands = Commands.of(aws, settings.stack_name)
    aws.account()
    status = status_of(aws, settings.stack_name)
    deploy = Deploy(aws, settings, options, status, commands)
    problems: list[Problem] = []
    notes = [_REPLACED] if status == ROLLED_BACK else []
    for check, subject in checks.items():
        try:
            problems.extend(check(deploy))
        except (AwsUnavailable, PlanError) as error:
            notes.append(f"Not checked: {subject}. {error.message}")
    return Preflight(tuple(problems), tuple(notes))
