"""The local twin as a process of its own: ``slm local``, as a person starts it."""

import json
import os
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

REPOSITORY: Final = Path(__file__).parents[2]
PROGRAMS: Final = REPOSITORY / ".venv" / "bin"

PATIENCE_S: Final = 60
"""Bound of every wait; far above what a loaded machine needs."""

UNLIMITED: Final = {
    "SLM_RATE_LIMIT": "10000",
    "SLM_BURST_LIMIT": "5000",
    "SLM_QUOTA": "1000000",
    "SLM_KEYLESS_RATE_LIMIT": "10000",
    "SLM_KEYLESS_BURST_LIMIT": "5000",
}
"""Settings for a twin that no test can exhaust."""

_POLL_S: Final = 0.05


@dataclass(frozen=True)
class Twin:
    """A running twin; the fields of its JSON that tests need.

    Attributes:
        directory: Where it was started.
        pid: Process of gateway and SageMaker runtime.
        url: Base URL of the gateway.
        base_url: What OpenAI clients take.
        key: API key.
        endpoint_name: Name of the SageMaker endpoint.
        sagemaker_url: SageMaker runtime API.
        model_url: llama.cpp's own server.
        model_key: Its bearer token.
    """

    directory: Path
    pid: int
    url: str
    base_url: str
    key: str
    endpoint_name: str
    sagemaker_url: str
    model_url: str
    model_key: str

    @property
    def model(self) -> str:
        """The name it serves."""
        answer = get_json(f"{self.base_url}/models", self.key)
        return cast(str, answer["data"][0]["id"])

    def busy_slots(self) -> int:
        """Requests that the model is generating for right now."""
        slots = get_json(f"{self.model_url}/slots", self.model_key)
        return sum(bool(slot["is_processing"]) for slot in slots)


@contextmanager
def running_twin(directory: Path, settings: Mapping[str, str]) -> Iterator[Twin]:
    """A twin, for as long as the context lasts.

    Args:
        directory: Where its state and its log go.
        settings: Environment variables ``SLM_*``.
    """
    # One thread: several of them spin, and on a machine with other work each waits for all.
    command = ["slm", "local", "--json", "--no-sample", "--port", "0", "--threads", "1"]
    with running(command, directory, settings) as twin:
        yield twin


@contextmanager
def running(
    command: Sequence[str], directory: Path, environment: Mapping[str, str]
) -> Iterator[Twin]:
    """A program of ``.venv`` that prints a twin's JSON, for as long as the context lasts.

    Args:
        command: The program's name and its arguments.
        directory: Its working directory; its log goes there too.
        environment: Variables for it; settings and credentials of this process are kept from it.
    """
    program = PROGRAMS / command[0]
    assert program.is_file(), f"{program} is missing: 'make test-clients' installs it"
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("SLM_", "AWS_"))}
    with (directory / "twin.log").open("wb") as log:
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=directory,
            env=inherited | environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        facts = _first_line(process)
        yield Twin(
            directory=directory,
            pid=facts["pid"],
            url=facts["url"],
            base_url=facts["openai_base_url"],
            key=facts["api_key"],
            endpoint_name=facts["endpoint_name"],
            sagemaker_url=facts["sagemaker_url"],
            model_url=facts["model_url"],
            model_key=facts["model_api_key"],
        )
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process, by force if it does not listen."""
    process.terminate()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def settled(condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true within PATIENCE_S."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def _first_line(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """The JSON that a process prints when it is ready."""
    assert process.stdout is not None
    impatience = threading.Timer(PATIENCE_S, process.kill)
    impatience.start()
    try:
        line = process.stdout.readline()
    finally:
        impatience.cancel()
    assert line, "it ended before it was ready: see twin.log"
    return cast(dict[str, Any], json.loads(line))


def get_json(url: str, key: str) -> Any:
    """What is at an address."""
    request = urllib.request.Request(url, headers={"authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.load(answer)
