"""The commands that messages recommend: pasted, they mean the same stack of the same account."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from slm.settings import CONFIG_FILE_VARIABLE, STAGE_VARIABLE, Settings
from slm.settings.files import config_files, read_tables


class Account(Protocol):
    """An account and region; ``slm.aws.Aws`` is one."""

    @property
    def profile(self) -> str | None: ...

    @property
    def region(self) -> str: ...


@dataclass(frozen=True)
class Commands:
    """How commands are told which stack is meant; without anything it is the twin of the folder.

    Attributes:
        profile: AWS profile.
        region: AWS region.
        stack: Name of the stack, where the settings' files do not name it.
        config: Settings' file in place of ``slm.toml``.
        stage: Stage whose file is read too.
    """

    profile: str | None = None
    region: str | None = None
    stack: str | None = None
    config: str | None = None
    stage: str | None = None

    @classmethod
    def of(cls, account: Account, stack: str) -> "Commands":
        """Those of a stack.

        Args:
            account: Where it is.
            stack: Its name.

        Raises:
            AwsUnavailable: No region is set.
        """
        return cls(
            profile=account.profile,
            region=account.region,
            stack=None if stack == _name_in_files() else stack,
            config=os.environ.get(CONFIG_FILE_VARIABLE),
            stage=os.environ.get(STAGE_VARIABLE),
        )

    @property
    def make_options(self) -> str:
        """``PROFILE=… REGION=…`` and so on, with a blank before them."""
        values = {
            "PROFILE": self.profile,
            "REGION": self.region,
            "STACK": self.stack,
            "CONFIG": self.config,
            "STAGE": self.stage,
        }
        return "".join(f" {name}={shlex.quote(value)}" for name, value in values.items() if value)

    def make(self, target: str, arguments: str = "") -> str:
        """A target of the Makefile.

        Args:
            target: Its name.
            arguments: One more option of the command behind it.
        """
        return f"make {target}{self.make_options}{f' ARGS={arguments}' if arguments else ''}"

    def slm(self, words: str) -> str:
        """A command of ``slm``.

        Args:
            words: It and its arguments.
        """
        variables = {CONFIG_FILE_VARIABLE: self.config, STAGE_VARIABLE: self.stage}
        prefix = "".join(f"{n}={shlex.quote(value)} " for n, value in variables.items() if value)
        return f"{prefix}{program(sys.argv[0])} {words}{self.slm_options}"

    def aws(self, words: str) -> str:
        """A command of the AWS CLI.

        Args:
            words: It and its arguments.
        """
        return f"aws {words}{self.aws_options}"

    @property
    def slm_options(self) -> str:
        """``--stack … --profile … --region …``, with a blank before them."""
        return _options({"--stack": self.stack}) + self.aws_options

    @property
    def aws_options(self) -> str:
        """``--profile … --region …``, with a blank before them."""
        return _options({"--profile": self.profile, "--region": self.region})


def _options(values: Mapping[str, str | None]) -> str:
    return "".join(f" {name} {shlex.quote(value)}" for name, value in values.items() if value)


def program(typed: str, search: str | None = None) -> str:
    """``slm`` as it can be typed: by the path that was typed, where the shell would not find it.

    Args:
        typed: How the running program was called.
        search: The shell's search path; None for the environment's.
    """
    if Path(typed).name == "slm" and shutil.which("slm", path=search) is None:
        return shlex.quote(typed)
    return "slm"


def _name_in_files() -> str | None:
    """The stack that is meant where only files speak; None if they cannot be read any more."""
    try:
        for file in reversed(config_files()):
            name = read_tables(file).get("stack_name") if file.exists() else None
            if name:
                return str(name)
    except (OSError, ValueError):
        return None
    return str(Settings.model_fields["stack_name"].default)
