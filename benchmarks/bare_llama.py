"""A bare llama.cpp server, as it comes: what the twin is measured against.

``python -m benchmarks.bare_llama --threads 2 --slots 16``; it prints its URL.
"""

import argparse
import sys
import threading
from typing import Final

import xllamacpp  # type: ignore[import-untyped]

from slm.local.models import find_model

KEY: Final = "bench"
CONTEXT_TOKENS: Final = 512
_WARNINGS: Final = 2


def main() -> None:
    """The process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--slots", type=int, required=True)
    options = parser.parse_args()
    model = find_model(None)
    params = xllamacpp.CommonParams()
    params.model.path = str(model.path)
    params.chat_template = model.chat_template or ""
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [KEY]
    params.n_parallel = options.slots
    params.n_ctx = options.slots * CONTEXT_TOKENS
    params.kv_unified = False  # faster here, and as the twin
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options.threads
    # A kept connection holds a thread: 64 clients behind a gateway must not wait for one.
    params.n_threads_http = 128
    params.cache_ram_mib = 64  # as the twin; no prompt is asked twice anyway
    params.verbosity = _WARNINGS
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    threading.Thread(target=sys.stdin.read, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
