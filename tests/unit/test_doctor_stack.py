"""A stack's evidence, whole and with parts that cannot be seen."""

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from slm.aws import NoCredentials
from slm.cli import main
from slm.cli.doctor import look
from slm.cli.render import Output
from slm.doctor.follow import Follower
from slm.doctor.infer import diagnose
from slm.doctor.stack_diagnosis import StackDiagnosis, diagnose_stack
from slm.doctor.twin_evidence import gather_twin
from slm.local.state import StateDirectory
from slm.settings import Settings
from tests.unit.fake_account import FakeAccount, event
from tests.unit.fake_aws import client_error

PING = "The primary container for production variant AllTraffic did not pass the ping health check"
NO_HUB = "http://127.0.0.1:9"
"""Nothing listens there."""


@dataclass
class LoggingAccount(FakeAccount):
    """An account with container logs.

    Attributes:
        lines: What the container wrote; None without a log group.
    """

    lines: list[str] | None = None
    read: list[int] = field(default_factory=list)

    def describe_log_streams(self, **arguments: Any) -> Any:
        if self.lines is None:
            raise client_error("ResourceNotFoundException", "The log group does not exist.")
        return {"logStreams": [{"logStreamName": "AllTraffic/i-1"}] if self.lines else []}

    def get_log_events(self, **arguments: Any) -> Any:
        events = [{"message": line} for line in self.lines or []]
        return {"events": events, "nextBackwardToken": "same"}

    def filter_log_events(self, *, logGroupName: str, startTime: int) -> Any:
        self.read.append(startTime)
        if self.lines is None:
            raise client_error("ResourceNotFoundException", "The log group does not exist.")
        lines, self.lines = self.lines, []
        return {"events": [{"message": line, "timestamp": startTime} for line in lines]}


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def account(settings: Settings) -> LoggingAccount:
    account = LoggingAccount()
    account.deploy(settings)
    return account


def failed(account: LoggingAccount) -> None:
    account.statuses = ["CREATE_FAILED"]
    assert account.endpoint
    account.endpoint |= {"EndpointStatus": "Failed", "FailureReason": PING}
    account.events = [event("CREATE_FAILED", "Endpoint", PING)]


def asked(account: FakeAccount, settings: Settings) -> StackDiagnosis:
    return diagnose_stack(account, settings.stack_name, settings=settings, hub=NO_HUB)  # type: ignore[arg-type]


def test_the_containers_log_names_the_cause(account: LoggingAccount, settings: Settings) -> None:
    failed(account)
    account.lines = ["text_generation_launcher: load_model", "CUDA out of memory."]
    found = asked(account, settings)
    first = found.diagnosis.candidates[0]
    assert first.cause.id == "gpu_oom_weights"
    assert "CUDA out of memory." in first.evidence
    assert found.state.failed
    assert any("cannot be reached from here" in line for line in found.diagnosis.unseen)


def test_a_failed_endpoint_without_a_log(account: LoggingAccount, settings: Settings) -> None:
    failed(account)
    found = asked(account, settings).diagnosis
    assert "cuda_driver_mismatch_ami" in [c.cause.id for c in found.candidates]
    assert any("no log streams" in line for line in found.unseen)


def test_a_quota_of_nothing(account: LoggingAccount, settings: Settings) -> None:
    failed(account)
    account.quotas = {f"{settings.instance_type} for endpoint usage": 0}
    assert asked(account, settings).diagnosis.candidates[0].cause.id == "instance_quota_zero"


def test_a_healthy_stack(account: LoggingAccount, settings: Settings) -> None:
    assert account.endpoint
    account.endpoint["EndpointStatus"] = "InService"
    account.lines = ["INFO:     Application startup complete."]
    account.resources = ["/aws/lambda/function", "arn:x:y"]
    found = asked(account, settings)
    assert found.diagnosis.candidates == ()
    assert not found.state.failed


def test_an_account_that_is_not_bootstrapped(settings: Settings) -> None:
    found = asked(LoggingAccount(bootstrap_version=None), settings).diagnosis
    assert found.candidates[0].cause.id == "cdk_not_bootstrapped"


@pytest.mark.parametrize(
    "operation",
    [
        "describe_stacks",
        "describe_stack_events",
        "describe_endpoint",
        "describe_log_streams",
        "list_stack_resources",
        "list_service_quotas",
    ],
)
def test_what_may_not_be_seen_is_said(
    account: LoggingAccount, settings: Settings, operation: str
) -> None:
    failed(account)
    account.failures[operation] = client_error("AccessDeniedException", "no")
    found = asked(account, settings).diagnosis
    assert any("AWS refused" in line for line in found.unseen)


def test_without_credentials(settings: Settings) -> None:
    class NoAccount(FakeAccount):
        def account(self) -> str:
            raise NoCredentials("There are no AWS credentials here.")

    found = asked(NoAccount(), settings).diagnosis
    assert found.candidates[0].cause.id == "expired_sso_credentials"
    assert found.unseen == ("All of AWS: There are no AWS credentials here.",)


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_tells_a_stack(
    account: LoggingAccount, settings: Settings, *, as_json: bool, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    failed(account)
    account.endpoint = None
    account.container = {}
    out = io.StringIO()
    output = Output(as_json=as_json, stdout=out, stderr=io.StringIO())
    bare = settings.model_copy(update={"hf_model_id": "none"})
    look(account, bare, output)  # type: ignore[arg-type]
    if as_json:
        answer = json.loads(out.getvalue())
        assert answer["stack_status"] == "CREATE_FAILED"
        assert answer["causes"][0]["id"] == "startup_health_timeout"
    else:
        assert "Cause       startup_health_timeout" in out.getvalue()
        assert "Not seen" in out.getvalue()


# --- Following, the twin, files -----------------------------------------------------------


def test_following_tells_events_and_lines(account: LoggingAccount, settings: Settings) -> None:
    account.statuses = ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    account.events = [event("CREATE_IN_PROGRESS", "Endpoint")]
    account.lines = ["loading\x1b[2J hf_abcdefghijkl"]
    events: list[str] = []
    lines: list[str] = []
    follower = Follower(
        account,  # type: ignore[arg-type]
        settings.stack_name,
        "group",
        lambda e: events.append(e.status),
        lines.append,
        lambda _: None,
    )
    assert follower.follow() == "CREATE_COMPLETE"
    assert events == ["CREATE_IN_PROGRESS"]
    assert lines == ["loading [masked]"]


def test_requests_that_the_rules_refused_are_no_fault_of_the_twin(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path)
    directory.local_log.write_text(
        "12:00:00 POST /invoke  413  request_too_large  0.10 s\n"
        "12:00:01 POST /v1/chat/completions  429  insufficient_quota  0.00 s\n"
    )
    evidence = gather_twin(directory)
    assert evidence is not None
    assert not diagnose(evidence).candidates


def test_the_twins_log(tmp_path: Path) -> None:
    directory = StateDirectory(tmp_path / ".slm")
    assert gather_twin(directory) is None
    directory.path.mkdir()
    directory.model_log.write_text("llama_model_load: error loading model: failed to allocate\n")
    evidence = gather_twin(directory)
    assert evidence
    assert diagnose(evidence).candidates[0].cause.id == "gpu_oom_weights"


def test_a_file_and_standard_input(tmp_path: Path) -> None:
    runner = CliRunner()
    log = tmp_path / "log"
    log.write_text("No space left on device")
    told = runner.invoke(main, ["doctor", "--from", str(log)])
    assert "Cause       disk_full (very likely" in told.stdout
    told = runner.invoke(main, ["doctor", "--from", "-", "--json"], input="all is well")
    assert json.loads(told.stdout)["causes"] == []
    told = runner.invoke(main, ["doctor", "--from", str(tmp_path / "none")])
    assert told.exit_code == 1
    assert "cannot be read" in told.stderr
