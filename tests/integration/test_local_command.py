"""``slm local`` as a person starts it: a process, a folder, signals."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.twin_process import PATIENCE_S, get_json, settled
from tests.integration.command import SLM, slm, started

LOCAL = ("local", "--port", "0", "--threads", "1")
STATE_KEYS = {
    "pid",
    "url",
    "openai_base_url",
    "api_key",
    "endpoint_name",
    "sagemaker_url",
    "model_url",
    "model_api_key",
    "weights",
    "plans",
}


def lines_until(process: "subprocess.Popen[str]", last: str) -> list[str]:
    """What it prints, up to a line."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if last in line:
            return lines
    raise AssertionError(f"it ended before {last!r}: {lines} {process.communicate()}")


def first_object(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """What it prints with --json when it is ready."""
    assert process.stdout is not None
    facts = json.loads(process.stdout.readline())
    assert isinstance(facts, dict)
    return facts


def state_in(folder: Path) -> dict[str, Any]:
    state = json.loads((folder / ".slm" / "local.json").read_text())
    assert isinstance(state, dict)
    return state


def listens(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    with suppress(OSError), socket.create_connection((host, int(port)), timeout=PATIENCE_S):
        return True
    return False


def assert_all_has_ended(facts: dict[str, Any]) -> None:
    """Nothing listens any more: neither the twin's own servers nor its child."""
    for name in ("url", "sagemaker_url", "model_url"):
        assert settled(lambda name=name: not listens(facts[name])), name  # type: ignore[misc]


def assert_failed(result: "subprocess.CompletedProcess[str]", message: str) -> None:
    """It failed with one message, and no trace of Python."""
    assert result.returncode == 1
    assert re.search(message, result.stderr), result.stderr
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_from_start_to_ctrl_c(tmp_path: Path) -> None:
    with started(tmp_path, *LOCAL) as process:
        lines = lines_until(process, "Ctrl-C")
        text = "\n".join(lines)
        state = state_in(tmp_path)

        assert "\x1b" not in text  # nobody looks: no colours
        assert [line.split()[0] for line in lines[:2]] == ["Model", "Twin"]
        assert re.search(r"^Answer +The capital of France is Paris\.", text, re.MULTILINE)
        assert state["url"] in text
        assert state["api_key"] in text

        assert set(state) == STATE_KEYS
        assert state["pid"] == process.pid
        for file in (tmp_path / ".slm").iterdir():
            assert file.stat().st_mode & 0o777 == 0o600
        assert (tmp_path / ".slm").stat().st_mode & 0o777 == 0o700

        commands = [line for line in lines if line.startswith("curl ")]
        assert len(commands) == 2
        if shutil.which("curl"):
            for command in commands:
                pasted = subprocess.run(
                    ["sh", "-c", command], capture_output=True, timeout=PATIENCE_S, check=True
                )
                assert b"Paris" in pasted.stdout

        for _ in range(3):  # the impatient press it more than once
            process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert rest.splitlines()[-1] == "Stopped."
        assert "POST /invoke  200" in rest or not shutil.which("curl")
        assert errors == ""
    assert_all_has_ended(state)
    assert not (tmp_path / ".slm" / "local.json").exists()


def test_ctrl_c_in_the_midst_of_a_stream_is_no_fault_and_loses_no_record(tmp_path: Path) -> None:
    with started(tmp_path, *LOCAL, "--no-sample") as process:
        lines_until(process, "Ctrl-C")
        state = state_in(tmp_path)
        body = {"prompt": "Tell a long story.", "stream": True}
        with httpx.stream(
            "POST",
            f"{state['url']}/invoke",
            json=body,
            headers={"x-api-key": state["api_key"]},
            timeout=PATIENCE_S,
            trust_env=False,
        ) as answer:
            next(answer.iter_bytes())
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in output + errors
    [line] = json.loads(slm(tmp_path, "usage", "--json").stdout)["usage"]
    assert line["requests"] == 1


def test_the_key_survives_a_restart(tmp_path: Path) -> None:
    keys = set()
    for end in (signal.SIGTERM, signal.SIGHUP):
        with started(tmp_path, *LOCAL, "--json", "--no-sample") as process:
            facts = first_object(process)
            keys.add(facts["api_key"])
            assert facts["sample"] is None
            process.send_signal(end)
            assert process.wait(PATIENCE_S) == 0
    assert len(keys) == 1


def test_one_object_for_programs(tmp_path: Path) -> None:
    with started(tmp_path, *LOCAL, "--json") as process:
        facts = first_object(process)
        assert set(facts) == STATE_KEYS | {"sample", "curl"}
        assert facts["sample"]["answer"].startswith("The capital of France is Paris")
        process.terminate()
        rest, words = process.communicate(timeout=PATIENCE_S)
        assert rest == ""
        assert "Ctrl-C" in words


def test_what_cannot_start_says_what_to_do(tmp_path: Path) -> None:
    with started(tmp_path, *LOCAL, "--json", "--no-sample") as process:
        facts = first_object(process)
        second = slm(tmp_path, *LOCAL)
        assert_failed(
            second, rf"already, at {facts['url']} \(process {process.pid}\).*slm local stop"
        )
        assert_failed(slm(tmp_path, *LOCAL, "--detach"), "slm local stop")
        assert state_in(tmp_path)["pid"] == process.pid

        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        port = facts["url"].rpartition(":")[2]
        busy = slm(elsewhere, "local", "--port", port)
        assert_failed(busy, rf"Port {port} on 127.0.0.1 cannot be used .*--port")
        detached = slm(elsewhere, "local", "--port", port, "--detach", "--json")
        assert detached.returncode == 1
        assert json.loads(detached.stdout)["error"]["code"] == "port_unavailable"

    assert_failed(slm(tmp_path, *LOCAL, "--model", "none.gguf"), "none.gguf: there is no such file")
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(1000))
    broken = slm(tmp_path, *LOCAL, "--model", "broken.gguf")
    assert_failed(broken, "model process ended")
    assert not (tmp_path / ".slm" / "local.json").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_kill_9_leaves_nothing_that_runs(tmp_path: Path) -> None:
    with started(tmp_path, *LOCAL, "--json", "--no-sample") as process:
        facts = first_object(process)
        process.kill()
        process.wait(PATIENCE_S)
        assert_all_has_ended(facts)
        assert state_in(tmp_path)["pid"] == process.pid  # a stale file
    status = json.loads(slm(tmp_path, "status", "--json").stdout)
    assert status["twin"]["running"] is False
    assert_failed(slm(tmp_path, "invoke", "Hi"), "No twin runs in this folder")
    with started(tmp_path, *LOCAL, "--json", "--no-sample") as process:
        assert first_object(process)["pid"] == process.pid


def test_a_start_can_be_interrupted(tmp_path: Path) -> None:
    with started(tmp_path, *LOCAL) as process:
        lock = tmp_path / ".slm" / "lock"
        assert settled(lambda: lock.exists() and lock.read_text() == str(process.pid))
        assert (tmp_path / ".slm" / "model.log").exists() or settled(
            (tmp_path / ".slm" / "model.log").exists
        )
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0
        assert errors == ""


def test_in_the_background(tmp_path: Path) -> None:
    begun = slm(tmp_path, *LOCAL, "--detach", PATH=os.defpath)
    try:
        assert begun.returncode == 0, begun.stderr
        assert "The capital of France is Paris." in begun.stdout
        # Where the shell would not find it, as somebody called it.
        assert f"'{SLM} local stop' ends it" in begun.stdout
        facts = state_in(tmp_path)
        assert facts["url"] in begun.stdout
        assert os.getsid(facts["pid"]) == facts["pid"]  # a closing terminal does not reach it

        status = slm(tmp_path, "status")
        assert status.returncode == 0
        assert "The model is ready." in status.stdout
        assert facts["api_key"] not in status.stdout
        assert "the whole key is in .slm/api_key" in status.stdout

        answer = slm(tmp_path, "invoke", "What is the capital of France?", "--temperature", "0")
        assert answer.stdout == "The capital of France is Paris.\n"

        log = tmp_path / ".slm" / "local.log"
        assert log.stat().st_mode & 0o777 == 0o600
        assert settled(lambda: "POST /invoke  200" in log.read_text())
    finally:
        stopped = slm(tmp_path, "local", "stop")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n")
    assert_all_has_ended(facts)


def test_a_twin_whose_own_key_was_revoked_says_so_and_how_to_get_another(tmp_path: Path) -> None:
    begun = slm(tmp_path, *LOCAL, "--detach", "--no-sample")
    assert begun.returncode == 0, begun.stderr
    assert slm(tmp_path, "keys", "revoke", "first").returncode == 0
    invoked = slm(tmp_path, "invoke", "Hi")
    stopped = slm(tmp_path, "local", "stop")
    again = slm(tmp_path, *LOCAL, "--detach")
    try:
        url = state_in(tmp_path)["url"]
    finally:
        slm(tmp_path, "local", "stop")
    assert stopped.returncode == 0
    for refused in (invoked, again):
        assert_failed(refused, r"401 .*remove \.slm/api_key and start again")
    assert f"The twin runs all the same, at {url}" in again.stderr
    assert "slm local stop' ends it" in again.stderr

    (tmp_path / ".slm" / "api_key").unlink()
    mended = slm(tmp_path, *LOCAL, "--detach")
    slm(tmp_path, "local", "stop")
    assert mended.returncode == 0, mended.stderr


@pytest.mark.parametrize("stream", [False, True])
def test_who_waits_when_it_is_stopped_gets_an_error_of_ours(tmp_path: Path, stream: bool) -> None:
    with started(tmp_path, *LOCAL, "--no-sample") as process, ThreadPoolExecutor() as pool:
        lines_until(process, "Ctrl-C")
        state = state_in(tmp_path)
        body = {"prompt": "Tell a long story.", "parameters": {"max_new_tokens": 3000}}
        asked = pool.submit(
            httpx.post,
            f"{state['url']}/invoke",
            json=body | {"stream": stream},
            headers={"x-api-key": state["api_key"]},
            timeout=PATIENCE_S,
            trust_env=False,
        )
        url, key = f"{state['model_url']}/slots", state["model_api_key"]
        assert settled(lambda: any(slot["is_processing"] for slot in get_json(url, key)))
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE_S)
        answer = asked.result()
    assert "Traceback" not in output + errors
    if stream:
        last = answer.text.strip().split("\n\n")[-1].removeprefix("data: ")
        assert json.loads(last)["error"]["message"]
    else:
        assert answer.status_code in (502, 503)
        assert answer.json()["error"]["message"]
