import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread, main_thread
from traceback import walk_stack

import pytest

from slm.operations.cdk import CdkFailed, Unsupported, bootstrap, deploy, diff, refuse_unsupported
from slm.operations.cdk_options import UnknownOption
from tests.unit.fake_account import FakeAccount

STACK = "SlmSagemakerStack"
OUTPUTS = f'{{"{STACK}": {{"ApiKeyId": "id"}}}}'


def program(folder: Path, script: str) -> Path:
    """A CDK of a few lines; ``$4`` is the file for the outputs."""
    path = folder / "cdk"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_deploy_gives_the_outputs(tmp_path: Path) -> None:
    log = tmp_path / "log"
    cdk = program(tmp_path, f"echo \"$@\" $AWS_REGION > {log}; echo '{OUTPUTS}' > $4")
    account = FakeAccount(profile="ml-sage")
    assert deploy(account, STACK, ["--no-rollback"], program=cdk) == {"ApiKeyId": "id"}
    words = log.read_text()
    assert words.startswith(f"deploy {STACK} --outputs-file ")
    assert words.endswith("--no-rollback --profile ml-sage eu-west-2\n")


def test_the_stack_that_was_named_is_the_one_that_the_cdk_makes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    cdk = program(tmp_path, f"echo $SLM_STACK_NAME > {log}; echo '{{}}' > $4")
    deploy(FakeAccount(), "Mine", [], program=cdk)
    assert log.read_text() == "Mine\n"


def test_a_diff_reaches_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cdk = program(tmp_path, 'echo "$@" $AWS_REGION $SLM_STACK_NAME')
    assert diff(FakeAccount(profile="ml-sage"), "Mine", ["--strict"], program=cdk) == ""
    assert capfd.readouterr().out == "diff Mine --strict --profile ml-sage eu-west-2 Mine\n"


def test_a_diff_for_programs_is_all_that_it_said(tmp_path: Path) -> None:
    cdk = program(tmp_path, "echo one; echo two >&2")
    assert diff(FakeAccount(), STACK, [], program=cdk, quiet=True) == "one\ntwo\n"


def test_a_diff_for_programs_that_fails_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CdkFailed, match="ended with status 3"):
        diff(FakeAccount(), STACK, [], program=program(tmp_path, "echo why; exit 3"), quiet=True)
    assert capsys.readouterr().err == "why\n"


def test_a_bootstrap(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cdk = program(tmp_path, 'echo "$@" $AWS_REGION')
    bootstrap(FakeAccount(profile="ml-sage"), STACK, ["--trust", "1"], program=cdk)
    assert capfd.readouterr().out == "bootstrap --trust 1 --profile ml-sage eu-west-2\n"


def test_its_words_reach_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cdk = program(tmp_path, f"echo deploying; echo '{OUTPUTS}' > $4")
    deploy(FakeAccount(), STACK, [], program=cdk)
    assert capfd.readouterr().out == "deploying\n"


def test_quiet_it_leaves_standard_output_alone(tmp_path: Path) -> None:
    cdk = program(tmp_path, f"echo '{OUTPUTS}' > $4; echo deploying; echo to-stderr >&2")
    script = (
        "from pathlib import Path; from slm.operations.cdk import deploy;"
        "from tests.unit.fake_account import FakeAccount;"
        f"deploy(FakeAccount(), {STACK!r}, [], program=Path({str(cdk)!r}), quiet=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("", "deploying\nto-stderr\n")


def test_a_failure(tmp_path: Path) -> None:
    with pytest.raises(CdkFailed, match="ended with status 7"):
        deploy(FakeAccount(), STACK, [], program=program(tmp_path, "exit 7"))


def test_a_no(tmp_path: Path) -> None:
    with pytest.raises(CdkFailed, match="it was told no"):
        deploy(FakeAccount(), STACK, [], program=program(tmp_path, "exit 0"))


def test_no_cdk(tmp_path: Path) -> None:
    with pytest.raises(CdkFailed, match="make install"):
        deploy(FakeAccount(), STACK, [], program=tmp_path / "cdk")


def interrupt_once(ready: Callable[[], bool]) -> Thread:
    """Ctrl-C in another thread, once the CDK is ready and we wait for its end."""

    def interrupt() -> None:
        while not (ready() and main_thread_waits()):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    thread = Thread(target=interrupt, daemon=True)
    thread.start()
    return thread


def main_thread_waits() -> bool:
    """Whether it waits for a child: a busy machine may start the child long before that."""
    frame = sys._current_frames()[main_thread().ident or 0]
    return any(f.f_code is subprocess.Popen.wait.__code__ for f, _ in walk_stack(frame))


def test_an_interrupt_ends_it_too(tmp_path: Path) -> None:
    ready, ended = tmp_path / "ready", tmp_path / "ended"
    cdk = program(
        tmp_path,
        f"trap 'touch {ended}; exit 1' INT\ntouch {ready}\nsleep 0.1\nwait\n"
        "i=0; while [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done",
    )

    interrupting = interrupt_once(ready.exists)
    with pytest.raises(KeyboardInterrupt):
        deploy(FakeAccount(), STACK, [], program=cdk)
    interrupting.join()
    assert ended.exists()


def test_one_that_will_not_end_is_killed(tmp_path: Path) -> None:
    ready, pid = tmp_path / "ready", tmp_path / "pid"
    cdk = program(
        tmp_path,
        f"trap '' INT\necho $$ > {pid}\ntouch {ready}\n"
        "i=0; while [ $i -lt 600 ]; do sleep 0.1; i=$((i+1)); done",
    )

    interrupting = interrupt_once(ready.exists)
    with pytest.raises(KeyboardInterrupt):
        deploy(FakeAccount(), STACK, [], program=cdk, patience_s=0.2)
    interrupting.join()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@pytest.mark.parametrize("option", ["--hotswap", "--hotswap-fallback"])
def test_a_swap_behind_the_template_is_refused(option: str) -> None:
    with pytest.raises(Unsupported, match=f"{option} changes resources"):
        refuse_unsupported(["--require-approval", "never", option])
    refuse_unsupported(["--no-rollback"])


def test_a_stack_is_named_by_its_option() -> None:
    with pytest.raises(Unsupported, match=r"Mine is no option\. .*--stack Mine"):
        refuse_unsupported(["Mine"])


def test_a_misspelt_option_of_ours_is_refused() -> None:
    with pytest.raises(UnknownOption, match=r"--stakc: .* Did you mean --stack\?"):
        refuse_unsupported(["--stakc", "Mine"], ["--stack"])
