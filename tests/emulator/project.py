"""The project's commands, run against the emulator as a person would run them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Timer
from typing import Any, Final

import boto3
import httpx

from tests.emulator.asgi import ACCOUNT
from tests.emulator.clock import PATH as CLOCK_PATH
from tests.emulator.environment import REGION, without_aws
from tests.emulator.hold import PATH as HOLD_PATH
from tests.emulator.launcher import REPOSITORY

PROGRAMS: Final = REPOSITORY / ".venv" / "bin"
CDK: Final = REPOSITORY / "node_modules" / ".bin" / "cdk"

PATIENCE_S: Final = 120
"""Bound of every wait; far above what a loaded machine needs."""

LIFE_S: Final = 3600
"""The emulator outlives no test session by more than this."""


_SHOWN_LINES: Final = 20

Result = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    Attributes:
        url: Its one address.
        environment: Variables for the programs that shall use it.
    """

    url: str
    environment: Mapping[str, str]

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="secret",
        )

    def run(self, *command: object, folder: Path = REPOSITORY, **variables: str) -> Result:
        """Run a program to its end.

        Args:
            command: Program and arguments.
            folder: Working directory.
            variables: More environment variables.
        """
        return subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env=self.variables() | variables,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def variables(self) -> dict[str, str]:
        """The environment of programs: nothing of this machine's AWS, all of the emulator's."""
        return {
            **without_aws(os.environ),
            **self.environment,
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            "NO_COLOR": "1",
        }

    def cdk(self, command: str, assembly: Path, *arguments: str) -> Result:
        """Run the CDK command line on an assembly."""
        return self.run(CDK, command, "--app", assembly, *arguments)

    def deploy(self, assembly: Path, *arguments: str) -> Result:
        """``cdk deploy``, asking nothing."""
        return self.cdk("deploy", assembly, "--require-approval", "never", *arguments)

    def destroy(self, assembly: Path) -> Result:
        """``cdk destroy``, asking nothing."""
        return self.cdk("destroy", assembly, "--force")

    def clear(self, assembly: Path, stack_name: str) -> None:
        """Destroy a stack, if a test has not done so."""
        paginator = self.client("cloudformation").get_paginator("describe_stacks")
        if any(
            s["StackName"] == stack_name for page in paginator.paginate() for s in page["Stacks"]
        ):
            self.destroy(assembly)

    def move_to(self, moment: datetime) -> None:
        """Let it be another time, for schedules."""
        self._put(CLOCK_PATH, {"now": moment.timestamp()})

    @contextmanager
    def held_endpoints(self) -> Iterator[None]:
        """No endpoint that sets out comes up, or fails to, as long as the context lasts."""
        self._put(HOLD_PATH, {"held": True})
        try:
            yield
        finally:
            self._put(HOLD_PATH, {"held": False})

    def _put(self, path: str, order: Any) -> None:
        answer = httpx.put(self.url + path, json=order, trust_env=False, timeout=PATIENCE_S)
        answer.raise_for_status()

    def stack(self, name: str) -> dict[str, Any]:
        """A stack as CloudFormation describes it."""
        return dict(self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0])

    def outputs(self, name: str) -> dict[str, str]:
        """A stack's outputs."""
        return {o["OutputKey"]: o["OutputValue"] for o in self.stack(name)["Outputs"]}


def succeeded(result: Result) -> bool:
    """Whether a command succeeded; if not, what it said at the end is shown."""
    if result.returncode:
        sys.stderr.write("\n".join((result.stdout + result.stderr).splitlines()[-_SHOWN_LINES:]))
    return result.returncode == 0


def unwrapped(output: str) -> str:
    """A program's output as one line.

    The CDK wraps a failure's cause when it diagnoses it, and shows it unwrapped only if it read
    the event before the deployment was over.
    """
    return " ".join(output.split())


@contextmanager
def running(*options: str) -> Iterator[Emulator]:
    """An emulator of its own, for as long as the context lasts."""

    command = [sys.executable, "-m", "tests.emulator.launcher", "--life-s", str(LIFE_S), *options]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    impatience = Timer(PATIENCE_S, process.kill)
    impatience.start()
    assert process.stdout
    try:
        ready = json.loads(process.stdout.readline())
        impatience.cancel()
        yield Emulator(ready["url"], ready["environment"])
    finally:
        impatience.cancel()
        process.terminate()
        process.wait(PATIENCE_S)
        process.stdout.close()


class Synthesizer:
    """Makes cloud assemblies, in a process of ``.venv`` that starts with the first."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def synthesize(self, folder: Path, settings: Mapping[str, str]) -> None:
        """Write the cloud assembly of some settings (``SLM_*``) into a folder."""
        process = self._process = self._process or _synthesizing()
        assert process.stdin and process.stdout
        impatience = Timer(PATIENCE_S, process.kill)
        impatience.start()
        try:
            process.stdin.write(json.dumps((str(folder), dict(settings))) + "\n")
            process.stdin.flush()
            assert process.stdout.readline().strip() == str(folder)
        finally:
            impatience.cancel()

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.communicate(timeout=PATIENCE_S)


def _synthesizing() -> subprocess.Popen[str]:
    environment = without_aws(os.environ) | {
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": REGION,
        "CDK_VALIDATION": "false",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }
    return subprocess.Popen(
        [PROGRAMS / "python", "-m", "tests.emulator.assemblies"],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
