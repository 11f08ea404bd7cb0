"""``slm doctor``: what it says, and its exit status."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from slm.aws import NoCredentials
from slm.cli import main
from slm.cli.doctor import look
from slm.cli.exit_codes import FAILED
from slm.cli.render import Output
from slm.local.state import StateDirectory
from slm.settings import Settings
from tests.unit.doctor_account import LoggingAccount, failed
from tests.unit.doctor_examples import HEALTHY
from tests.unit.fake_account import FakeAccount

NO_MODEL_OF_THE_HUB = {"hf_model_id": "none"}
"""So that the Hub is not asked."""


@dataclass
class Said:
    """A run of ``look``.

    Attributes:
        status: Exit status.
        words: What people read.
        facts: What programs read.
    """

    status: int
    words: str
    facts: dict[str, Any] = field(default_factory=dict)


class NoAccount(LoggingAccount):
    """Nobody is logged in."""

    def account(self) -> str:
        raise NoCredentials("There are no AWS credentials here.")


@pytest.fixture
def settings() -> Settings:
    return Settings().model_copy(update=NO_MODEL_OF_THE_HUB)


@pytest.fixture
def account(settings: Settings) -> LoggingAccount:
    account = LoggingAccount()
    account.deploy(settings)
    assert account.endpoint
    account.endpoint["EndpointStatus"] = "InService"
    account.lines = ["INFO:     Application startup complete."]
    return account


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path)


def looked(account: FakeAccount, settings: Settings, directory: StateDirectory) -> Said:
    def run(*, as_json: bool) -> tuple[int, str]:
        out = io.StringIO()
        try:
            look(
                account,  # type: ignore[arg-type]
                settings,
                Output(as_json=as_json, stdout=out, stderr=io.StringIO()),
                directory,
            )
        except typer.Exit as end:
            return end.exit_code, out.getvalue()
        return 0, out.getvalue()

    status, words = run(as_json=False)
    status_for_programs, facts = run(as_json=True)
    assert status == status_for_programs
    return Said(status, words, json.loads(facts))


def log_of_twin(directory: StateDirectory, text: str) -> None:
    directory.model_log.write_text(text)


# --- A stack and a twin ---------------------------------------------------------------------


def test_a_healthy_stack(
    account: LoggingAccount, settings: Settings, directory: StateDirectory
) -> None:
    said = looked(account, settings, directory)
    assert said.status == 0
    assert "Nothing wrong was found." in said.words
    assert "The model server came up and served." in said.words
    assert (said.facts["causes"], said.facts["twin"]) == ([], None)


def test_a_stack_that_failed(
    account: LoggingAccount, settings: Settings, directory: StateDirectory
) -> None:
    failed(account)
    account.endpoint, account.container, account.lines = None, {}, None
    said = looked(account, settings, directory)
    assert said.status == 0
    assert "Cause       startup_health_timeout" in said.words
    assert "Not seen" in said.words
    assert said.facts["stack_status"] == "CREATE_FAILED"
    assert said.facts["causes"][0]["id"] == "startup_health_timeout"


def test_a_failure_without_a_known_cause_is_trouble_too(
    account: LoggingAccount, settings: Settings, directory: StateDirectory
) -> None:
    account.statuses = ["UPDATE_ROLLBACK_COMPLETE"]
    said = looked(account, settings, directory)
    assert said.status == 0
    assert "It failed, but no cause that is known here" in said.words
    assert "If it does not work, ask with:" in said.words


def test_a_guess_is_called_one_and_ends_in_what_to_attach(
    account: LoggingAccount, settings: Settings, directory: StateDirectory
) -> None:
    account.lines = ["WeightLoadError: turing card rejects marlin"]
    said = looked(account, settings, directory)
    assert said.words.index("this is a guess.") < said.words.index("Cause       quantization_")
    assert "(a guess, " in said.words
    assert said.words.index("Cause ") < said.words.index("If it does not work, ask with:")
    assert said.facts["message"].endswith("this is a guess.")


def test_a_running_twin_beside_a_healthy_stack(
    account: LoggingAccount, settings: Settings, directory: StateDirectory
) -> None:
    log_of_twin(directory, "main: server is listening on http://127.0.0.1:1\n")
    with directory.claim():
        said = looked(account, settings, directory)
    assert said.status == 0
    assert "Twin        of this folder: runs" in said.words
    assert said.words.count("Nothing wrong was found.") == 2
    assert said.facts["twin"]["running"]
    assert said.facts["twin"]["causes"] == []


def test_who_has_a_twin_running_needs_no_aws(settings: Settings, directory: StateDirectory) -> None:
    log_of_twin(directory, "main: server is listening on http://127.0.0.1:1\n")
    with directory.claim():
        said = looked(NoAccount(), settings, directory)
    assert said.status == 0
    assert "not to be seen from here" in said.words
    assert "There are no AWS credentials here." in said.words
    assert "Cause" not in said.words


def test_a_twin_that_failed(settings: Settings, directory: StateDirectory) -> None:
    log_of_twin(directory, "llama_model_load: error loading model: failed to allocate\n")
    said = looked(NoAccount(), settings, directory)
    assert said.status == 0
    assert "Twin        of this folder: does not run" in said.words
    assert said.facts["twin"]["causes"][0]["id"] == "gpu_oom_weights"


def test_a_twins_log_that_cannot_be_read_is_said(
    account: LoggingAccount, settings: Settings, directory: StateDirectory
) -> None:
    directory.model_log.mkdir()
    said = looked(account, settings, directory)
    assert "Is a directory" in said.words


def test_without_credentials(settings: Settings, directory: StateDirectory) -> None:
    said = looked(NoAccount(), settings, directory)
    assert said.status == 0
    assert said.facts["causes"][0]["id"] == "expired_sso_credentials"


def test_where_nothing_can_be_seen_it_does_not_say_that_all_is_well(
    settings: Settings, directory: StateDirectory
) -> None:
    class NoRegion(FakeAccount):
        def account(self) -> str:
            from slm.aws import AwsUnavailable

            raise AwsUnavailable("No AWS region is set.")

    said = looked(NoRegion(), settings, directory)
    assert said.status == FAILED
    assert "There was no evidence to look at." in said.words
    assert "hf_model_id" not in said.words


def test_the_command_in_a_folder_without_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(main, ["doctor", "--stack", "AnotherStack"])
    assert told.exit_code == FAILED
    assert "Stack       AnotherStack: not there, or not to be seen" in told.output
    assert "No AWS region is set" in told.output


def test_a_stack_that_was_asked_for_and_cannot_be_seen_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".slm").mkdir()
    log_of_twin(StateDirectory(tmp_path / ".slm"), "main: server is listening\n")
    told = CliRunner().invoke(main, ["doctor", "--stack", "AnotherStack"])
    assert told.exit_code == FAILED
    assert "Nothing wrong was found." not in told.output


# --- What somebody gives --------------------------------------------------------------------


@pytest.fixture
def doctor() -> Callable[..., Said]:
    def run(given: str | Path, *, text: str = "") -> Said:
        runner = CliRunner()
        told = runner.invoke(main, ["doctor", "--from", str(given)], input=text)
        facts = runner.invoke(main, ["doctor", "--from", str(given), "--json"], input=text)
        assert told.exit_code == facts.exit_code
        return Said(told.exit_code, told.output, json.loads(facts.stdout))

    return run


def test_a_file(doctor: Callable[..., Said], tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("No space left on device")
    said = doctor(log)
    assert said.status == 0
    assert "Cause       disk_full (very likely" in said.words
    assert said.facts["causes"][0]["id"] == "disk_full"


def test_standard_input(doctor: Callable[..., Said]) -> None:
    said = doctor("-", text="all is well")
    assert said.status == 0
    assert "Nothing wrong was found." in said.words
    assert said.facts["causes"] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none", "cannot be read: No such file or directory"),
        ("", "cannot be read: Is a directory"),
        ("picture", "picture: It is no text."),
        ("case", "case: This JSON is no evidence: it has foo."),
    ],
)
def test_what_is_no_evidence_gets_one_clear_line(
    doctor: Callable[..., Said], tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "picture").write_bytes(bytes(range(256)))
    (tmp_path / "case").write_text('{"foo": 1}')
    said = doctor(tmp_path / name)
    assert said.status == FAILED
    assert words in said.words
    assert len(said.words.splitlines()) == 1
    assert words in said.facts["error"]["message"]


def test_an_error_that_is_not_known_is_not_nothing(doctor: Callable[..., Said]) -> None:
    said = doctor("-", text="ERROR the cat sat on the mat\n")
    assert said.status == 0
    assert "Nothing wrong was found." not in said.words
    assert "nothing that is known here was found" in said.words
    assert "If it does not work, ask with:" in said.words


@pytest.mark.parametrize("text", [text for text in HEALTHY if text.strip()])
def test_a_healthy_log_is_said_to_be_one(doctor: Callable[..., Said], text: str) -> None:
    assert doctor("-", text=text).facts["message"] == "Nothing wrong was found."
