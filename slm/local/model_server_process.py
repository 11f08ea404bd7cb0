"""The process that holds the model: llama.cpp behind its own HTTP server.

``ModelServer`` starts it. One line of JSON comes in on stdin (``ProcessOptions``), one goes
out on stdout (``{"url": ...}``) when the model is loaded; stdin stays open as long as the
parent lives. The API key comes this way too: arguments and environment of a process can be
read by others.
"""

import ctypes
import json
import os
import signal
import sys
import threading
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, TextIO

from slm.limits import CONTAINER_MAX_CONCURRENT_REQUESTS

if TYPE_CHECKING:
    import xllamacpp  # type: ignore[import-untyped]

_PR_SET_PDEATHSIG: Final = 1
"""linux/prctl.h"""

_BATCH_TOKENS: Final = 128
"""Tokens that are computed in one go, those of prompts and one of each answer.

Hang-ups are noticed and other requests have their turn between two of them, here after half a
second; with llama.cpp's own 2,048 a long prompt holds everybody up for half a minute. Smaller
ones cost where many ask: 16 prompts at once take 20 batches of 32 and leave slots empty that
long, so that 16 clients together get 0.94 to 0.97 of the tokens/s, and with 128 all of them."""

_WARNINGS: Final = 2
"""llama.cpp's verbosity. At 3 (information) each request adds eight lines; prompts come with
4 and above only."""

_CACHE_RAM_MIB: Final = 64
"""Host memory for prompts that lost their slot (llama.cpp would take 8 GiB)."""


_SPIN_COUNT: Final = "2000"
"""Rounds that a compute thread spins while it waits for the others, before it sleeps.

Tokens/s of one request (and of 4 together) with 2 threads on 2 cores. With nothing else running:
OpenMP's own choice, which spins for milliseconds, gives 90 (105), 2,000 rounds 85 (110), sleeping
at once 42 (75). Among other busy processes: OpenMP's own 7 (7), 1,000 rounds 20 (40), sleeping at
once 30 (70). One that spins keeps the processor from those it waits for."""


@dataclass(frozen=True)
class ProcessOptions:
    """What the process is told.

    Attributes:
        model_path: The GGUF file.
        chat_template: Replaces the file's template; empty keeps it.
        alias: The model's name in answers.
        api_key: What a caller must send as bearer token.
        port: Port on 127.0.0.1; 0 for a free one.
        slots: Requests that are answered at the same time.
        context_tokens: Prompt and answer together, for each slot.
        threads: Compute threads.
    """

    model_path: str
    chat_template: str
    alias: str
    api_key: str
    port: int
    slots: int
    context_tokens: int
    threads: int

    def to_json(self) -> str:
        """The line that ``from_json`` reads back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "ProcessOptions":
        """Read the line."""
        return cls(**json.loads(line))


def main() -> None:
    """Serve until the parent ends this process, or ends itself."""
    _die_with_parent()
    options = ProcessOptions.from_json(sys.stdin.readline())
    threading.Thread(target=_exit_at_end_of, args=(sys.stdin,), daemon=True).start()
    # What llama.cpp prints goes to the log; the parent reads our line only.
    announce = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    limit_spinning(os.environ)
    # Imported here: the parent needs this module's options, not the engine.
    import xllamacpp

    try:
        server = xllamacpp.Server(_fill(xllamacpp.CommonParams(), options))
    except RuntimeError as error:  # llama.cpp has said why
        sys.exit(str(error))
    announce.write(json.dumps({"url": server.listening_address}) + "\n")
    announce.close()
    threading.Event().wait()


def limit_spinning(environment: MutableMapping[str, str]) -> None:
    """Bound how long compute threads spin, unless the user has said how they wait.

    GNU OpenMP reads it when it is loaded (libgomp manual, "GOMP_SPINCOUNT").
    """
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & set(environment):
        environment["GOMP_SPINCOUNT"] = _SPIN_COUNT


def _fill(params: "xllamacpp.CommonParams", options: ProcessOptions) -> "xllamacpp.CommonParams":
    """The options in llama.cpp's words."""
    params.model.path = options.model_path
    params.model_alias = {options.alias}
    params.chat_template = options.chat_template
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.api_keys = [options.api_key]
    params.cors_origins = ""
    params.n_parallel = options.slots
    params.n_batch = params.n_ubatch = _BATCH_TOKENS
    params.n_ctx = options.slots * options.context_tokens
    params.kv_unified = False
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    # A connection holds its HTTP thread until it closes, whether it generates or waits.
    params.n_threads_http = CONTAINER_MAX_CONCURRENT_REQUESTS + options.slots
    params.cache_ram_mib = _CACHE_RAM_MIB
    params.endpoint_slots = True
    params.endpoint_metrics = True
    params.ui = False
    params.verbosity = _WARNINGS
    return params


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent goes.

    The end of stdin tells the same on every system, but loading the model holds Python's
    lock: until it is loaded, nobody would notice.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _exit_at_end_of(parent: TextIO) -> None:
    parent.read()
    os._exit(0)


if __name__ == "__main__":
    main()
