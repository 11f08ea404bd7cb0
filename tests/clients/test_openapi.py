"""``GET /openapi.json`` is true: schemathesis sends what it allows, and what it does not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from slm.engines import LLAMA_CPP, TGI
from tests.clients.twin_process import REPOSITORY, UNLIMITED, Twin, running_twin

SCHEMATHESIS: Final = Path(sys.executable).with_name("schemathesis")

EXAMPLES: Final = 20
"""Random requests for each operation and each of its phases, besides all that it derives from
the limits in the schema."""

TIMEOUT_S: Final = 300


@pytest.fixture(scope="module", params=[TGI.name, LLAMA_CPP.name])
def engine_twin(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Twin]:
    """The description depends on what the engine can honour.

    Not vLLM: some of what it honours llama.cpp cannot imitate (docs/parity.md).
    """
    settings = UNLIMITED | {"SLM_ENGINE": request.param, "SLM_QUANTIZE": ""}
    with running_twin(tmp_path_factory.mktemp("engine"), settings) as twin:
        yield twin


def test_schemathesis_finds_nothing(engine_twin: Twin, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            SCHEMATHESIS,
            "run",
            f"{engine_twin.url}/openapi.json",
            f"--header=x-api-key: {engine_twin.key}",
            f"--max-examples={EXAMPLES}",
            "--continue-on-failure",
            "--generation-deterministic",
            # How many of its own examples it throws away says nothing about the API.
            "--suppress-health-check=filter_too_much",
        ],
        cwd=tmp_path,
        env=os.environ
        | {"SCHEMATHESIS_HOOKS": "tests.clients.schemathesis_hooks", "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )

    assert done.returncode == 0, done.stdout + done.stderr
