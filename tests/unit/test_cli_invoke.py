"""What ``slm invoke`` does before it asks anybody."""

import json
import subprocess
import sys

import pytest

COMMAND = (sys.executable, "-m", "slm", "invoke", "--json")


@pytest.mark.parametrize(("argument", "given"), [("-", b"un caf\xe9"), (b"un caf\xe9", b"")])
def test_a_prompt_that_is_no_utf_8_is_refused(argument: str | bytes, given: bytes) -> None:
    done = subprocess.run(
        [*COMMAND, argument], input=given, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 2
    message = json.loads(done.stdout)["error"]["message"]
    assert "not UTF-8" in message
    assert "byte 7 is 0xe9" in message


@pytest.mark.parametrize("command", [("invoke", "-"), ("doctor", "--from", "-")])
def test_closed_standard_input_is_told(command: tuple[str, ...]) -> None:
    shell = f'exec "{sys.executable}" -m slm {" ".join(command)} <&-'
    done = subprocess.run(
        ["sh", "-c", shell], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "Standard input is closed" in done.stderr
    assert "Traceback" not in done.stderr
