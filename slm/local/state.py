"""What a running twin leaves on disk for other programs, in ``.slm`` of the working directory.

==============  ==============================================================================
``lock``        locked for as long as the twin lives, whatever ends it; holds its process id
``local.json``  how to reach it (``TwinState``), from when it is ready until it stops
``api_key``     the first API key, which survives restarts
``slm.sqlite``  all keys (hashed), what they used, and each request
``local.log``   what a detached twin prints
``model.log``   what llama.cpp prints
==============  ==============================================================================

The folder is for its owner alone (700), and so are the files (600). Whether a twin runs is
asked of the lock and never of a process id, which another program may have got meanwhile.
"""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from slm.commands import Commands
from slm.errors import SlmError
from slm.keys.store import new_key_value
from slm.limits import MAX_API_KEY_CHARS, MIN_API_KEY_CHARS
from slm.local.database import Database
from slm.settings import PlanSettings

DIRECTORY: Final = Path(".slm")

_PRIVATE_DIRECTORY: Final = 0o700
_PRIVATE_FILE: Final = 0o600

_SETTLE_S: Final = 1.0
"""Bound of the waits for another process that is between two steps of its own."""

_POLL_S: Final = 0.05


@dataclass(frozen=True)
class TwinState:
    """How to reach a running twin.

    Attributes:
        pid: Process that ``slm local`` runs in.
        url: The gateway; add a route of ``slm.routes``.
        openai_base_url: What OpenAI clients take as ``base_url``.
        api_key: Key for both.
        endpoint_name: The endpoint that boto3 finds at ``sagemaker_url``.
        sagemaker_url: SageMaker runtime API, with any credentials.
        model_url: llama.cpp's own server.
        model_api_key: Its bearer token, which changes at every start.
        weights: Name of the model file that answers.
        plans: Name -> fields of the usage plans that it enforces, whatever ``slm.toml`` says now.
    """

    pid: int
    url: str
    openai_base_url: str
    api_key: str
    endpoint_name: str
    sagemaker_url: str
    model_url: str
    model_api_key: str
    weights: str
    plans: Mapping[str, Mapping[str, Any]]

    def usage_plans(self) -> dict[str, PlanSettings]:
        """The usage plans that it enforces.

        Raises:
            SlmError: Somebody has changed the file.
        """
        try:
            return {name: PlanSettings.model_validate(plan) for name, plan in self.plans.items()}
        except (ValidationError, AttributeError):
            raise SlmError(
                "What the running twin wrote of its usage plans cannot be read. Start it again."
            ) from None


class AlreadyRunning(SlmError):
    """There is a twin in this folder."""


class StateDirectory:
    """The folder, for the twin itself and for those who look for one.

    Args:
        path: Where it is; created when a twin starts.
    """

    def __init__(self, path: Path = DIRECTORY) -> None:
        self.path: Final = path
        self.local_log: Final = path / "local.log"
        self.model_log: Final = path / "model.log"
        self.key_file: Final = path / "api_key"
        self._lock = path / "lock"
        self._state = path / "local.json"

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Be the twin of this folder, until the context ends.

        What a killed twin left behind is removed.

        Raises:
            AlreadyRunning: Another one is.
            SlmError: The folder cannot be written.
        """
        with self._writing():
            self._create()
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
        try:
            with self._writing():
                self._take(descriptor)
                os.ftruncate(descriptor, 0)
                os.write(descriptor, str(os.getpid()).encode())
                self._state.unlink(missing_ok=True)
            try:
                yield
            finally:
                self._state.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def check_free(self) -> None:
        """Refuse early what ``claim`` would refuse.

        Raises:
            AlreadyRunning: A twin runs here.
        """
        if self.pid() is not None:
            raise AlreadyRunning(self._who_runs())

    def write(self, state: TwinState) -> None:
        """Tell how to reach the twin; replaces what was told before in one step."""
        _write_private(self._state, json.dumps(asdict(state), indent=2) + "\n")

    def read(self) -> TwinState | None:
        """How to reach the running twin; None if none runs, or it is not ready yet."""
        if self.pid() is None:
            return None
        try:
            values = json.loads(self._state.read_text(encoding="utf-8"))
            return TwinState(**{field.name: values[field.name] for field in fields(TwinState)})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def left_behind(self) -> bool:
        """Whether a twin that was ready did not stop in order: that takes the state with it."""
        return self._state.exists() and self.pid() is None

    def pid(self) -> int | None:
        """Process of the running twin, ready or not; None if none runs."""
        deadline = time.monotonic() + _SETTLE_S
        while self._is_locked():
            with suppress(OSError, ValueError):  # it is about to write its id
                return int(self._lock.read_text(encoding="ascii"))
            if time.monotonic() > deadline:
                raise SlmError(f"{self._lock} is locked, but does not say by whom.")
            time.sleep(_POLL_S)
        return None

    def stop(self, *, timeout_s: float) -> bool:
        """End the running twin and wait until it has ended; False if none runs.

        Raises:
            SlmError: It has not ended in time.
        """
        pid = self.pid()
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout_s
        while self._is_locked():
            if time.monotonic() > deadline:
                raise SlmError(
                    f"Process {pid} has not ended within {timeout_s:g} s. End it by force: "
                    f"kill -9 {pid} (the model process ends with it)."
                )
            time.sleep(_POLL_S)
        return True

    def api_key(self) -> str:
        """The key of this folder's twin, made at the first call.

        Raises:
            SlmError: The file is there, but holds no key that API Gateway would take.
        """
        key = self.own_key()
        if key is None:
            key = new_key_value()
            with self._writing():
                _write_private(self.key_file, key + "\n")
        fits = MIN_API_KEY_CHARS <= len(key) <= MAX_API_KEY_CHARS
        if not (fits and key.isascii() and key.isprintable()):
            raise SlmError(
                f"{self.key_file} must hold {MIN_API_KEY_CHARS} to {MAX_API_KEY_CHARS} printable "
                "ASCII characters. Remove it, and the next start of the twin makes a new key."
            )
        with self._writing():
            self.key_file.chmod(_PRIVATE_FILE)
        return key

    def own_key(self) -> str | None:
        """What the file of the twin's key holds; None if there is none.

        Raises:
            SlmError: It cannot be read.
        """
        try:
            return self.key_file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            why = error.strerror
        except ValueError:
            why = "it is no text"
        raise SlmError(
            f"{self.key_file} cannot be read ({why}). Remove it, and the next start of the twin "
            "makes a new key."
        )

    def database(self) -> Database:
        """Keys and usage; made at the first call. Close it.

        Raises:
            SlmError: It cannot be opened.
        """
        with self._writing():
            self._create()
        return Database(self.path / "slm.sqlite")

    def open_log(self) -> int:
        """Descriptor of ``local.log``, emptied.

        Raises:
            SlmError: The folder cannot be written.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        with self._writing():
            self._create()
            return os.open(self.local_log, flags, _PRIVATE_FILE)

    def _create(self) -> None:
        """Make the folder, private also if it was there."""
        self.path.mkdir(mode=_PRIVATE_DIRECTORY, exist_ok=True)
        self.path.chmod(_PRIVATE_DIRECTORY)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """What the system refuses, in words."""
        try:
            yield
        except OSError as error:
            raise SlmError(
                f"The folder {self.path.absolute()} cannot be used ({error.strerror}). "
                "Start in a folder that is yours."
            ) from None

    def _take(self, descriptor: int) -> None:
        """Lock, waiting only for those who just look (``_is_locked``)."""
        deadline = time.monotonic() + _SETTLE_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(_POLL_S)
                    continue
                raise AlreadyRunning(self._who_runs()) from None
            else:
                return

    def _who_runs(self) -> str:
        state = self.read()
        where = f"at {state.url}" if state else "and is starting"
        return (
            f"A twin runs in this folder already, {where} (process {self.pid()}). "
            f"Stop it with '{Commands().slm('local stop')}', or use it: "
            f"'{Commands().slm('invoke PROMPT')}'."
        )

    def _is_locked(self) -> bool:
        try:
            descriptor = os.open(self._lock, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(descriptor)


def _write_private(path: Path, text: str) -> None:
    """Put a text into a file that nobody else can read, in one step."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
