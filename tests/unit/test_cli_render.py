import errno
import io
import json

import pytest
import typer

from slm.cli.exit_codes import FAILED, INTERRUPTED, WRONG_USAGE, exit_code_of
from slm.cli.render import Output, masked, reporting
from slm.errors import InvalidRequest, SlmError
from slm.keys.durations import NoDuration
from slm.keys.store import NoKeyName
from slm.local.state import AlreadyRunning
from slm.operations.cdk import Unsupported
from slm.operations.model_files import NoDestination
from slm.settings import SettingsError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stdout() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def stderr() -> io.StringIO:
    return io.StringIO()


def spoken(output: Output) -> None:
    output.line("a line", "bold red")
    output.fact("Label", "a fact")
    with output.step("Step") as step:
        step.result = "a result"
    output.piece("a piece\n")


def test_words_are_plain_where_nobody_looks(stdout: io.StringIO, stderr: io.StringIO) -> None:
    spoken(Output(as_json=False, stdout=stdout, stderr=stderr))
    lines = stdout.getvalue().splitlines()
    assert lines[0] == "a line"
    assert lines[1].split() == ["Label", "a", "fact"]
    assert lines[2].startswith("Step ")
    assert "a result (0.0 s)" in lines[2]
    assert lines[3] == "a piece"
    assert stderr.getvalue() == ""


def test_with_json_standard_output_has_the_result_alone(
    stdout: io.StringIO, stderr: io.StringIO
) -> None:
    output = Output(as_json=True, stdout=stdout, stderr=stderr)
    spoken(output)
    output.result({"answer": "ä"})
    assert json.loads(stdout.getvalue()) == {"answer": "ä"}
    assert stdout.getvalue().count("\n") == 1
    assert "a result" in stderr.getvalue()


def test_a_long_line_is_not_broken(stdout: io.StringIO) -> None:
    Output(as_json=False, stdout=stdout).line("word " * 100)
    assert stdout.getvalue().count("\n") == 1


def test_markup_and_links_are_text(stdout: io.StringIO) -> None:
    Output(as_json=False, stdout=stdout).line("[bold]not bold[/bold] :smile:")
    assert stdout.getvalue() == "[bold]not bold[/bold] :smile:\n"


def test_what_others_wrote_cannot_steer_the_terminal() -> None:
    hostile = "a\x1b]52;c;ZXZpbA==\x07b\x9b2Jc\r\nd\te"
    harmless = "a]52;c;ZXZpbA==b2Jc\nd\te"
    terminal = Terminal()
    output = Output(as_json=False, stdout=terminal)
    output.piece(hostile)
    assert terminal.getvalue() == harmless
    piped = io.StringIO()
    Output(as_json=False, stdout=piped).piece(hostile)
    assert piped.getvalue() == hostile  # a file gets what the model wrote
    error = Terminal()
    Output(as_json=False, stdout=piped, stderr=error).failure(SlmError(hostile))
    assert "\x1b]" not in error.getvalue()
    assert "\x9b" not in error.getvalue()


def test_a_failure_goes_to_standard_error(stdout: io.StringIO, stderr: io.StringIO) -> None:
    Output(as_json=False, stdout=stdout, stderr=stderr).failure(SlmError("It broke. Mend it."))
    assert stdout.getvalue() == ""
    assert stderr.getvalue() == "Error: It broke. Mend it.\n"


@pytest.mark.parametrize(
    ("error", "code", "param"),
    [
        (AlreadyRunning("m"), "already_running", None),
        (InvalidRequest("m", param="prompt", code="too_long"), "too_long", "prompt"),
    ],
)
def test_a_failure_for_programs(
    stdout: io.StringIO, stderr: io.StringIO, error: SlmError, code: str, param: str | None
) -> None:
    Output(as_json=True, stdout=stdout, stderr=stderr).failure(error)
    expected = {"error": {"message": "m", "code": code, "param": param}}
    assert json.loads(stdout.getvalue()) == expected
    assert stderr.getvalue() == ""


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (SlmError("m"), FAILED),
        (SettingsError("m"), WRONG_USAGE),
        (KeyboardInterrupt(), INTERRUPTED),
    ],
)
def test_how_a_command_ends(
    capsys: pytest.CaptureFixture[str], raised: BaseException, status: int
) -> None:
    with pytest.raises(typer.Exit) as ended, reporting(as_json=False):
        raise raised
    assert ended.value.exit_code == status
    assert capsys.readouterr().err == ("" if status == INTERRUPTED else "Error: m\n")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_full_disk_is_said_on_standard_error(
    capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    with pytest.raises(typer.Exit) as ended, reporting(as_json=as_json):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert ended.value.exit_code == FAILED
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Error: No space left on device: what was to be written")


@pytest.mark.parametrize("error", [BrokenPipeError(errno.EPIPE, "m"), TimeoutError()])
def test_what_is_no_full_disk_is_left_to_others(error: OSError) -> None:
    with pytest.raises(type(error)), reporting(as_json=False):
        raise error


def test_a_fault_of_our_own_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), reporting(as_json=False):
        raise ZeroDivisionError


def test_exit_codes() -> None:
    assert exit_code_of(SlmError("m")) == 1
    assert exit_code_of(SettingsError("m")) == 2
    for wrong in (NoDuration, NoKeyName, NoDestination, Unsupported):
        assert exit_code_of(wrong("m")) == 2


def test_a_masked_key_tells_nothing_to_a_thief() -> None:
    key = "abcdefghijklmnopqrstuvwxyz0123456789ABCD"
    assert masked(key) == "abcd…ABCD"
